"""Whether the stated errors of labels are believed: one factor on all of them.

Surveys state errors that are too large or too small by a common factor more often than
errors that are right. With k the factor, s(x) the spread of the predictions and e the
stated error, squared residuals are s(x)² + k² e² in the mean: what varies with e and
not with the features tells k. Where e itself follows from the features (giants have
smaller ones than dwarfs), a fit of s(x) and k together takes what s(x) fits poorly for
k, so both squares first have their mean at the features taken out, fitted on other
folds (Robinson 1988, Econometrica 56, 931; Chernozhukov et al. 2018, Econometrics
Journal 21, C1). The slope of one rest on the other is k², and it has a standard error.
A k above one is never used: it would take variance from the intervals on the strength
of a fit. They stay too wide instead, and the run says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.estimators.workers import EndIfStopped
from stellarwh.learning.tasks.held_out import held_out
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.spread import robust_scale

# More stars than this cost more time than they tell.
_MOST_ROWS = 12_000
_ROUNDS = 60
# A stated variance below this share of the observed one changes nothing whatever k is.
_LEAST_SHARE = 0.01
# The stated errors are called wrong where k² = 1 is this many standard errors off, and
# k itself a factor of sqrt(2); they are consistent where halved and doubled ones are.
_WRONG, _TOLD = 3.5, 3.0
_LEAST, _MOST = 0.25, 4.0
# Residuals beyond this many sigma are outliers, which would decide alone.
_CLIP = 5.0
# Above this share of the observed variance, intervals rest more on the stated errors
# than on anything that was measured.
MOST_STATED = 0.5


@dataclass(frozen=True)
class ErrorFactor:
    """What the residuals say of the stated errors of labels.

    Attributes
    ----------
    best : float
        Factor that fits best where the stated errors are wrong beyond chance, else one.
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

    @property
    def believed(self) -> float:
        """The factor on the stated errors of all stars, at most one."""
        return min(self.best, 1.0)

    def without(self, inside: Booleans) -> float:
        """Return the factor that was found without the stars of a fold.

        Parameters
        ----------
        inside : ndarray of shape (n,)
            Which stars those are.
        """
        return float(self.used[inside][0])

    def record(self) -> dict[str, Any]:
        """Return it as plain facts, for ``parameters`` of ``ml.runs``."""
        return {
            "factor": round(self.best, 3),
            "used": round(self.believed, 3),
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
    some: Integers | None = None,
) -> ErrorFactor:
    """Find the factor on stated errors under which held-out residuals are likeliest.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features, or those of ``some``.
    residuals, errors : ndarray of shape (n,)
        Label minus out-of-fold prediction, and the label's stated 1-sigma error.
    fold : ndarray of shape (n,)
        Blocked fold of each star.
    seed : int
        Seed of the choice of rows.
    device : str
        ``cpu`` or ``cuda``.
    some : ndarray, optional
        What `factor_rows` chose, where ``features`` has these stars alone.
    """
    n = len(residuals)
    scale = robust_scale(residuals)
    share = float(np.median(errors**2) / scale**2) if scale > 0 else 0.0
    if not errors.any():
        return ErrorFactor(1.0, np.ones(n), 0.0, "none")
    if share < _LEAST_SHARE or len(np.unique(fold)) < 2:
        return ErrorFactor(1.0, np.ones(n), share, "untold")
    if some is None:
        some = factor_rows(n, seed)
        features = features[some]
    rests = _rests(
        features, residuals[some] / scale, errors[some] / scale, fold[some],
        seed, device,
    )  # fmt: skip
    best, verdict = _judge(*rests)

    def judge(others: Booleans) -> float:
        return min(_judge(*(rest[others[some]] for rest in rests))[0], 1.0)

    def repeat(factor: float, inside: Booleans) -> Floats:
        return np.full(np.count_nonzero(inside), factor)

    return ErrorFactor(best, held_out(fold, judge, repeat), share, verdict)


def factor_rows(n: int, seed: int) -> Integers:
    """Return which of n stars the factor is found from, in rising order."""
    if n <= _MOST_ROWS:
        return np.arange(n)
    generator = np.random.default_rng([seed, 9])
    return np.sort(generator.permutation(n)[:_MOST_ROWS])


def _rests(
    features: pl.DataFrame,
    residuals: Floats,
    errors: Floats,
    fold: Integers,
    seed: int,
    device: str,
) -> tuple[Floats, Floats, Floats]:
    """Return squares of residuals and errors less their means, and weights.

    The means are those at the features; each half of the folds has those of the
    other one.
    """
    squares, stated = np.minimum(residuals**2, _CLIP**2), errors**2
    half = np.searchsorted(np.unique(fold), fold) % 2
    settings = {"seed": seed, "device": device}
    mean, expected = (
        _means(features, values, half, settings) for values in (squares, stated)
    )
    squares = np.minimum(squares, _CLIP**2 * mean)
    unexpected = stated - expected
    unexpected = np.clip(unexpected, *np.quantile(unexpected, [0.005, 0.995]))
    # The variance of a squared normal residual goes with its mean squared.
    return squares - mean, unexpected, 1 / mean**2


def _means(
    features: pl.DataFrame, values: Floats, half: Integers, settings: dict[str, Any]
) -> Floats:
    """Return the mean of positive values at the features, fitted to the other half."""

    def fit(others: Booleans) -> tuple[xgboost.Booster, float]:
        known = values[others]
        floor = 1e-3 * float(known.mean()) + 1e-12
        booster = xgboost.train(
            {
                "objective": "reg:gamma", "tree_method": "hist", "nthread": 1,
                "eta": 0.1, "max_depth": 4, "max_bin": 64, "min_child_weight": 30,
                "base_score": float(known.mean()) + floor, **settings,
            },
            xgboost.QuantileDMatrix(
                features.filter(others), label=known + floor, max_bin=64, nthread=1
            ),
            _ROUNDS,
            callbacks=[EndIfStopped()],
        )  # fmt: skip
        return booster, floor

    def apply(fitted: tuple[xgboost.Booster, float], inside: Booleans) -> Floats:
        booster, floor = fitted
        found = booster.inplace_predict(features.filter(inside))
        return np.asarray(np.maximum(np.asarray(found, dtype=float), floor))

    means: Floats = held_out(half, fit, apply)
    return means


def _judge(squares: Floats, errors: Floats, weights: Floats) -> tuple[float, str]:
    """Return k, one unless the errors are wrong beyond chance, and what it says."""
    errors = errors - np.average(errors, weights=weights)
    squares = squares - np.average(squares, weights=weights)
    content = float((weights * errors**2).sum())
    if content <= 0:
        return 1.0, "untold"
    slope = float((weights * errors * squares).sum()) / content
    chance = (weights * errors * (squares - slope * errors)) ** 2
    error = max(float(np.sqrt(chance.sum())) / content, 1e-9)
    factor = float(np.clip(np.sqrt(max(slope, 0.0)), _LEAST, _MOST))
    if abs(slope - 1) > _WRONG * error and not np.sqrt(0.5) < factor < np.sqrt(2.0):
        return factor, "overstated" if factor < 1 else "understated"
    told = min(slope - 0.25, 4 - slope) > _TOLD * error
    return 1.0, "consistent" if told else "untold"
