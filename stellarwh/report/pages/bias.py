"""Where predictions are off on the whole: bias in bins of the parameters and of S/N."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.charts.residuals import BIAS_STARS, is_off
from stellarwh.report.formats import count, number, percent, signed
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table

Row = dict[str, Any]
_BIN = re.compile(r"(label )?(teff|logg|fe_h|snr) (\S+) to (\S+)")


@dataclass(frozen=True)
class BiasBin:
    """Bias of one target in one bin, from ``ml.metrics``.

    Attributes
    ----------
    axis : str
        What is binned: teff, logg, fe_h or snr.
    by_label : bool
        Whether by the label; else by the predicted value (or by the S/N).
    low, high : float
        Ends of the bin; the last one of S/N has none (infinity).
    n : int
        Held-out stars in it.
    bias, sigma : float
        Median of prediction minus label, and its robust scatter.
    """

    axis: str
    by_label: bool
    low: float
    high: float
    n: int
    bias: float
    sigma: float

    @property
    def share(self) -> float:
        """Bias in units of the scatter."""
        return self.bias / self.sigma if self.sigma else 0.0

    @property
    def is_off(self) -> bool:
        """Whether enough stars are off by more than a tenth of their scatter."""
        return bool(is_off(self.share, self.n))


def is_bin(stratum: str) -> bool:
    """Return whether a stratum of ``ml.metrics`` is a bin."""
    return bool(_BIN.fullmatch(stratum))


def bias_bins(target: str, metrics: Sequence[Row]) -> list[BiasBin]:
    """Return the bins of a target that were measured, in the order of their axes."""
    values: dict[str, dict[str, Row]] = {}
    for row in metrics:
        if row["target"] == target and row["folds"] == "blocked":
            values.setdefault(row["stratum"], {})[row["metric"]] = row
    found = []
    for stratum, own in values.items():
        match = _BIN.fullmatch(stratum)
        if match and {"bias", "sigma"} <= own.keys():
            label, axis, low, high = match.groups()
            bias, sigma = own["bias"], own["sigma"]
            ends = float(low), float(high)
            measured = bias["n"], bias["value"], sigma["value"]
            found.append(BiasBin(axis, bool(label), *ends, *measured))
    order = ("teff", "logg", "fe_h", "snr")
    return sorted(found, key=lambda b: (order.index(b.axis), b.by_label, b.low))


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
