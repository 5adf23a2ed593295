"""Small drawings within a line of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT = 20.0
_STEP = 4


@dataclass(frozen=True)
class Sparkline:
    """Bars in a row.

    Parameters
    ----------
    path : str
        As an SVG path has it.
    width : int
        Of the drawing.
    alt : str
        What it shows, in words.
    base : float
        Height of zero, from above.
    """

    path: str
    width: int
    alt: str
    base: float


def sparkline(values: Sequence[float], alt: str) -> Sparkline | None:
    """Return bars, upwards and downwards from zero; None where all are zero."""
    high, low = max([0.0, *values]), min([0.0, *values])
    if high == low:
        return None
    scale = _HEIGHT / (high - low)
    base = high * scale
    bars = (
        f"M{i * _STEP} {base:.1f}v{-value * scale:.1f}h{_STEP - 1}v{value * scale:.1f}z"
        for i, value in enumerate(values)
        if value
    )
    return Sparkline("".join(bars), len(values) * _STEP, alt, base)
