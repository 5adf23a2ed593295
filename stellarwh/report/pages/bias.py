"""Where predictions are off on the whole: bias in bins of the parameters and of S/N."""

from collections.abc import Sequence

from stellarwh.report.charts.bias import BiasBin
from stellarwh.report.charts.residuals import BIAS_STARS
from stellarwh.report.formats import count, number, percent, signed
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table


def bias_table(target: str, bins: Sequence[BiasBin]) -> Table:
    """Return one line per bin; those that are off are marked."""
    shown = quantity(target)
    unit = f" [{shown.unit}]" if shown.unit else ""
    digits = shown.digits + (1 if shown.digits == 0 else 0)
    return Table(
        ("Bin", "of", "n", f"bias{unit}", f"σ{unit}", "bias / σ"),
        [
            (
                _name(found),
                "S/N" if found.axis == "snr" else _source(found),
                count(found.n),
                signed(found.bias, digits),
                number(found.sigma, digits),
                percent(abs(found.share)),
            )
            for found in bins
        ],
        text_columns=2,
        marked=frozenset(i for i, found in enumerate(bins) if found.is_off),
    )


def _name(found: BiasBin) -> str:
    shown = quantity(found.axis)
    low = number(found.low, shown.digits)
    if found.high == float("inf"):
        return f"{shown.symbol} {low} and more"
    return f"{shown.symbol} {low} to {number(found.high, shown.digits)}"


def _source(found: BiasBin) -> str:
    return "label" if found.by_label else "prediction"


def bias_summary(bins: Sequence[BiasBin]) -> str:
    """Return in words how many bins are off."""
    large = [found for found in bins if found.n >= BIAS_STARS]
    if not large:
        return f"No bin has {BIAS_STARS} held-out stars, too few to judge."
    parts = []
    for name, own in (
        ("of the prediction or S/N", [b for b in large if not b.by_label]),
        ("of the label", [b for b in large if b.by_label]),
    ):
        if own:
            off = sum(found.is_off for found in own)
            parts.append(f"{off} of {len(own)} bins {name}")
    return (
        f"Off by more than a tenth of the scatter, and by more than chance: "
        f"{' and '.join(parts)} with at least {BIAS_STARS} stars."
    )
