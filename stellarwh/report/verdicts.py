"""What a run's bins and intervals come to: one light each, with words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from stellarwh.report.charts.bias import BiasBin
from stellarwh.report.charts.residuals import BIAS_STARS
from stellarwh.report.formats import percent

# Bias in units of the scatter, and error of coverage, beyond which a verdict is bad.
# Less than that asks for a look, beyond a tenth and three hundredths and chance.
_BAD_BIAS = 0.25
_GOOD_COVERAGE, _BAD_COVERAGE = 0.03, 0.06
_ERRORS = 3.0


@dataclass(frozen=True)
class Light:
    """A verdict that needs no colour to be read.

    Parameters
    ----------
    kind : str
        ``good``, ``fair``, ``bad`` or ``none``, where nothing can be said.
    words : str
        Why.
    """

    kind: str
    words: str

    @property
    def title(self) -> str:
        """The verdict in a word."""
        return {"good": "good", "fair": "look", "bad": "bad", "none": "untold"}[
            self.kind
        ]


@dataclass(frozen=True)
class Covered:
    """Share of labels inside an interval, of some stars.

    Parameters
    ----------
    stars : str
        Which, in words.
    n : int
        How many.
    promised, found : float
        Shares, from 0 to 1.
    at_least : bool
        Whether a larger share is no fault: sets of classes cannot be made smaller by a
        part of a class.
    """

    stars: str
    n: int
    promised: float
    found: float
    at_least: bool = False

    @property
    def error(self) -> float:
        """How far the share is from what was promised."""
        error = self.found - self.promised
        return min(error, 0.0) if self.at_least else error

    @property
    def is_off(self) -> bool:
        """Whether it is off by more than three points and more than chance."""
        chance = _ERRORS * sqrt(self.promised * (1 - self.promised) / max(self.n, 1))
        return abs(self.error) > max(_GOOD_COVERAGE, chance)


def bias_light(bins: Iterable[BiasBin]) -> Light:
    """Return what bins of the prediction and of S/N come to.

    Bins of the label do not count: by its own label a star is always drawn to the
    middle.

    Parameters
    ----------
    bins : iterable of BiasBin
        Of one target.
    """
    large = [b for b in bins if b.n >= BIAS_STARS and not b.by_label]
    if not large:
        return Light("none", f"no bin has {BIAS_STARS} stars")
    off = [b for b in large if b.is_off]
    worst = max(large, key=lambda b: abs(b.share))
    told = f"worst {percent(abs(worst.share))} of the scatter"
    if not off:
        return Light("good", f"none of {len(large)} bins is off; {told}")
    bad = any(abs(b.share) > _BAD_BIAS for b in off)
    return Light(
        "bad" if bad else "fair", f"{len(off)} of {len(large)} bins are off; {told}"
    )


def coverage_light(shares: Sequence[Covered]) -> Light:
    """Return what shares of labels inside their intervals come to."""
    large = [share for share in shares if share.n >= BIAS_STARS]
    if not large:
        return Light("none", f"no group has {BIAS_STARS} stars")
    off = [share for share in large if share.is_off]
    worst = max(off or large, key=lambda share: abs(share.error))
    told = (
        f"farthest from {100 * worst.promised:.0f} %: {percent(worst.found)} of "
        f"{worst.stars}"
    )
    if not off:
        return Light("good", f"none of {len(large)} shares is off; {told}")
    bad = any(abs(share.error) > _BAD_COVERAGE for share in off)
    return Light(
        "bad" if bad else "fair", f"{len(off)} of {len(large)} shares are off; {told}"
    )
