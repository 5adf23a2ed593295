"""Whether the stated errors of labels are believed: one factor on all of them.

Surveys state errors that are too large or too small by a common factor more often than
errors that are right. With k the factor, s(x) the predicted spread and e the stated
error, residuals are Normal(0, s(x)² + k² e²): what varies with e and not with the
features tells k. For each k of a grid s(x) is fitted to one half of the folds, and the
likelihood is that of the other half, as a spread that has seen a star explains its
residual without any e. A k above one is never used: it would take variance from the
intervals on the strength of a fit. They stay too wide instead, and the run says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.rows import Floats, Integers
from stellarwh.learning.spread import SpreadFit, robust_scale

# Half an octave of k apart; one is among them.
GRID = 2.0 ** np.arange(-2.0, 3.0, 0.5)
_ONE = int(np.flatnonzero(GRID == 1.0)[0])
_ROUNDS, _RATE = 20, 0.3
# More stars than this tell k no better than its grid can say.
_MOST_ROWS = 6_000
# A stated variance below this share of the observed one changes nothing whatever k is.
_LEAST_SHARE = 0.01
# Differences of log likelihood: below the first, k = 1 is as good; above the second,
# other k are worse than trees that differ by chance; above the third, the stated errors
# are called wrong: one Gaussian parameter off by four standard errors costs 8.
_AS_GOOD, _TOLD, _WRONG = 2.0, 5.0, 8.0
_CLIP = 4.0
# Above this share of the observed variance, intervals rest more on the stated errors
# than on anything that was measured.
MOST_STATED = 0.5


@dataclass(frozen=True)
class ErrorFactor:
    """What the residuals say of the stated errors of labels.

    Attributes
    ----------
    best : float
        Factor that fits best, whatever its size; one where nothing can tell.
    used : ndarray of shape (n,)
        Per star, the factor on its stated error, at most one, found without the star's
        own fold.
    share : float
        Share of the stated variance, as it stands, in the observed one: median squared
        stated error over the squared robust standard deviation of the residuals.
    verdict : str
        ``overstated``, ``understated``, ``consistent``, ``untold`` where the residuals
        cannot tell, or ``none`` without stated errors.
    """

    best: float
    used: Floats
    share: float
    verdict: str

    def record(self) -> dict[str, Any]:
        """Return it as plain facts, for ``parameters`` of ``ml.runs``."""
        return {
            "factor": round(self.best, 3),
            "used": round(min(self.best, 1.0), 3),
            "stated_share": round(self.share, 4),
            "verdict": self.verdict,
        }

    def told(self, target: str) -> str:
        """Return what stands out, or nothing."""
        found = []
        if self.share > MOST_STATED:
            found.append(
                f"the stated variance is {100 * self.share:.0f} % of the observed one: "
                "intervals rest on it"
            )
        if self.verdict == "overstated":
            found.append(
                f"overstated; {self.best:.2f} times what is stated fits best and is "
                "used"
            )
        elif self.verdict == "understated":
            found.append(
                f"{self.best:.1f} times what is stated fits best; used as stated, so "
                "that intervals are too wide rather than too narrow"
            )
        return f"errors of label_{target}: {'; '.join(found)}" if found else ""


def fit_error_factor(
    features: pl.DataFrame,
    residuals: Floats,
    errors: Floats,
    fold: Integers,
    seed: int,
    device: str,
) -> ErrorFactor:
    """Find the factor on stated errors under which held-out residuals are likeliest.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features.
    residuals, errors : ndarray of shape (n,)
        Label minus out-of-fold prediction, and the label's stated 1-sigma error.
    fold : ndarray of shape (n,)
        Blocked fold of each star.
    seed : int
        Seed of the choice of rows.
    device : str
        ``cpu`` or ``cuda``.
    """
    n = len(residuals)
    scale = robust_scale(residuals)
    share = float(np.median(errors**2) / scale**2) if scale > 0 else 0.0
    if not errors.any():
        return ErrorFactor(1.0, np.ones(n), 0.0, "none")
    if share < _LEAST_SHARE or len(np.unique(fold)) < 2:
        return ErrorFactor(1.0, np.ones(n), share, "untold")
    some = np.arange(n)
    if n > _MOST_ROWS:
        generator = np.random.default_rng([seed, 9])
        some = np.sort(generator.permutation(n)[:_MOST_ROWS])
    losses = _losses(
        features[some], residuals[some] / scale, errors[some] / scale, fold[some],
        seed, device,
    )  # fmt: skip
    used = np.ones(n)
    for k in np.unique(fold):
        best, _ = _best(losses[:, fold[some] != k].sum(axis=1))
        used[fold == k] = min(best, 1.0)
    best, verdict = _best(losses.sum(axis=1))
    return ErrorFactor(best, used, share, verdict)


def _losses(
    features: pl.DataFrame,
    residuals: Floats,
    errors: Floats,
    fold: Integers,
    seed: int,
    device: str,
) -> Floats:
    """Return minus the log likelihood of each star under each k of the grid."""
    losses = np.empty((len(GRID), len(residuals)))
    half = np.searchsorted(np.unique(fold), fold) % 2
    for side in (0, 1):
        inside = half == side
        held_out = features.filter(inside)
        fit = SpreadFit(
            features.filter(~inside), residuals[~inside], seed, device, _RATE
        )
        for row, k in enumerate(GRID):
            booster = fit.boost(k * errors[~inside], _ROUNDS)
            own = fit.squares(booster.inplace_predict(held_out, predict_type="margin"))
            total = own + (k * errors[inside]) ** 2
            squared = np.minimum(residuals[inside] ** 2 / total, _CLIP**2)
            losses[row, inside] = 0.5 * (np.log(total) + squared)
    return losses


def _best(losses: Floats) -> tuple[float, str]:
    """Return the k of least loss, and what it says of the stated errors."""
    # Trees grow a little differently for each k; neighbours even that out.
    padded = np.concatenate([losses[:1], losses, losses[-1:]])
    smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    least = int(np.argmin(smooth))
    cost = float(smooth[_ONE] - smooth[least])
    place = float(least)
    if 0 < least < len(GRID) - 1:
        low, middle, high = smooth[least - 1 : least + 2]
        place += 0.5 * float((low - high) / max(low - 2 * middle + high, 1e-9))
    factor = float(np.exp(np.interp(place, np.arange(len(GRID)), np.log(GRID))))
    # Less than half an octave off is a chance of the trees.
    if cost > _WRONG and not GRID[_ONE - 1] < factor < GRID[_ONE + 1]:
        return factor, "overstated" if factor < 1 else "understated"
    # Half an octave either side of one is what one factor can be told from.
    told = min(smooth[_ONE - 2], smooth[_ONE + 2]) - smooth[_ONE] > _TOLD
    verdict = "consistent" if told else "untold"
    return (1.0 if cost < _AS_GOOD else factor), verdict
