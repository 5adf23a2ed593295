"""What turns a value and its spread into intervals that hold what they promise."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import polars as pl

from stellarwh.learning.tasks.held_out import held_out
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.conformal import (
    LEVELS,
    interval_scores,
    normal_quantile,
)
from stellarwh.learning.uncertainty.groups import Factors, Grouping, calibrate


@dataclass(frozen=True)
class NumberCalibration:
    """What a run knows of the intervals of a number.

    Attributes
    ----------
    grouping : Grouping
        What divides stars into groups.
    factors : Factors
        Half-width of the interval in units of the predicted spread and of
        `normal_quantile`, per level and group.
    error_factor : float
        How far the stated errors of labels were believed, at most one.
    """

    grouping: Grouping
    factors: Factors
    error_factor: float

    def apply(
        self,
        value: Floats,
        spread: Floats,
        features: pl.DataFrame,
        values: Mapping[str, Floats],
    ) -> pl.DataFrame:
        """Return columns of ``ml.predictions``: values and their intervals.

        Parameters
        ----------
        value, spread : ndarray of shape (n,)
            Prediction, and its 1-sigma error, as they were fitted.
        features : polars.DataFrame
            n rows of features, as the view has them.
        values : mapping of str to ndarray of shape (n,)
            Predictions of all numeric targets, as `Grouping.codes` takes them.
        """
        codes = self.grouping.codes(features, values)
        factors = {level: self.factors.of(codes, level) for level in LEVELS}
        return pl.DataFrame(interval_columns(value, half_widths(factors, spread)))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return {
            "grouping": asdict(self.grouping),
            "error_factor": self.error_factor,
            **self.factors.as_json(),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `as_json` wrote."""
        return cls(
            Grouping(**facts["grouping"]),
            Factors.from_json(facts),
            facts["error_factor"],
        )


def half_widths(factors: Mapping[int, Floats], spread: Floats) -> dict[int, Floats]:
    """Return half the width of each star's interval, per level.

    Parameters
    ----------
    factors : mapping of int to ndarray of shape (n,)
        Per level, what `Factors.of` returns.
    spread : ndarray of shape (n,)
        Predicted 1-sigma error.
    """
    return {level: normal_quantile(level) * factors[level] * spread for level in LEVELS}


def interval_columns(
    value: Floats, half_widths: Mapping[int, Floats]
) -> dict[str, Floats]:
    """Return columns ``value``, ``lower_68``, ``upper_68``, … by name."""
    columns = {"value": value}
    for level in LEVELS:
        columns[f"lower_{level}"] = value - half_widths[level]
        columns[f"upper_{level}"] = value + half_widths[level]
    return columns


@dataclass(frozen=True)
class HeldOutIntervals:
    """The intervals of n stars with a label, each calibrated without the star's fold.

    Attributes
    ----------
    half_widths : dict of int to ndarray of shape (n,)
        Half the width of the interval for the true value, per level.
    covered : dict of int to ndarray of shape (n,)
        Whether the label is in the interval widened by the label's own error, as far
        as that is believed.
    """

    half_widths: dict[int, Floats]
    covered: dict[int, Booleans]


def calibrate_number(
    residuals: Floats,
    spread: Floats,
    believed: Floats,
    codes: Sequence[Integers],
    fold: Integers,
) -> tuple[Factors, HeldOutIntervals]:
    """Return the factors that all stars show, and the intervals held out.

    Parameters
    ----------
    residuals, spread : ndarray of shape (n,)
        Label minus held-out prediction, and the held-out 1-sigma error of the latter.
    believed : ndarray of shape (n,)
        The label's own error, as far as it is believed.
    codes : sequence of ndarray of shape (n,)
        From `Grouping.codes`.
    fold : ndarray of shape (n,)
        Blocked fold of each star.
    """
    scores = {
        level: interval_scores(residuals, spread, believed, level) for level in LEVELS
    }
    factors = calibrate_by_fold(scores, codes, fold)
    intervals = HeldOutIntervals(
        half_widths(factors, spread),
        {level: scores[level] <= factors[level] for level in LEVELS},
    )
    return calibrate(scores, codes), intervals


def calibrate_by_fold(
    scores: Mapping[int, Floats], codes: Sequence[Integers], fold: Integers
) -> dict[int, Floats]:
    """Return for each star the factor that all other folds give it, per level.

    The interval of a star is thus never calibrated with its own sky cell, and coverage
    counted over all stars is that of held-out ones.
    """

    def fit(others: Booleans) -> Factors:
        return calibrate(
            {level: scores[level][others] for level in LEVELS},
            [code[others] for code in codes],
        )

    def apply(factors: Factors, inside: Booleans) -> Floats:
        return factors.per_level([code[inside] for code in codes])

    found = held_out(fold, fit, apply)
    return dict(zip(LEVELS, found.T, strict=True))
