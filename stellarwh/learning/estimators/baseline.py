"""What a number is expected to be from few features, before any tree sees it.

Where a feature is the same quantity as the target, GALAH's Teff for APOGEE's say, most
of the label stands there already: what has to be learned is the difference. A robust
linear or quadratic model of it comes first, an estimator learns what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.tasks.rows import Floats

# Of more stars a model of so few terms learns nothing more.
MOST_ROWS = 20_000
# Huber's constant: 95 % efficient where errors are normal.
_HUBER = 1.345
_ITERATIONS = 20
# Widths from the median beyond which a feature counts as if it were there.
_CLIP = 4.0
# How strongly terms are held to zero, in stars of typical weight: a term that few stars
# show is not extrapolated from them.
_HELD = 3.0


@dataclass(frozen=True)
class Plan:
    """What a baseline may rest on; columns are those that estimators see.

    Attributes
    ----------
    same : str or None
        Column that is the same quantity as the target, ``name`` in the view.
    name : str or None
        Its name in the view.
    offset, width : float
        What turns the column into the quantity: offset + width * column.
    terms : tuple of str
        Columns of the polynomial of the difference.
    """

    same: str | None = None
    name: str | None = None
    offset: float = 0.0
    width: float = 1.0
    terms: tuple[str, ...] = ()

    @property
    def degrees(self) -> tuple[int, ...]:
        """Degrees that the polynomial may have, simplest first."""
        return (0, 1, 2) if self.same else (0,)

    def copied(self, inputs: pl.DataFrame) -> Floats:
        """Return the feature that is the same quantity, NaN where missing."""
        if self.same is None:
            return np.full(len(inputs), np.nan)
        return self.offset + self.width * column_of(inputs, self.same)


@dataclass(frozen=True)
class Baseline:
    """A constant, or one feature and a polynomial of some.

    Attributes
    ----------
    centre : float
        Value of a star that lacks ``same``.
    scale : float
        Robust width of what is left of the labels, never zero.
    same : str or None
        Column that is the same quantity; the polynomial is of the difference.
    offset, unit : float
        The quantity is offset + unit * column.
    features : list of str
        The P features of the polynomial, standardised and clipped.
    median, width : list of float
        Per feature; a missing one counts as its median.
    degree : int
        0, 1 or 2.
    coefficients : list of float
        Of `terms`.
    """

    centre: float
    scale: float
    same: str | None
    offset: float
    unit: float
    features: list[str]
    median: list[float]
    width: list[float]
    degree: int
    coefficients: list[float]

    def of(self, inputs: pl.DataFrame) -> Floats:
        """Return the expected value of each star.

        Parameters
        ----------
        inputs : polars.DataFrame
            n rows of features as estimators see them.

        Returns
        -------
        ndarray of shape (n,)
        """
        value = np.full(len(inputs), self.centre)
        if not self.coefficients:
            return value
        terms = _terms(inputs, self.features, self.median, self.width, self.degree)
        polynomial = terms @ np.array(self.coefficients)
        if self.same is None:
            return np.asarray(polynomial)
        same = self.offset + self.unit * column_of(inputs, self.same)
        known = np.isfinite(same)
        value[known] = (same + polynomial)[known]
        return value

    @property
    def columns(self) -> list[str]:
        """The features that it asks for."""
        same = [] if self.same is None or self.same in self.features else [self.same]
        return [*self.features, *same]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return dict(vars(self))


def fit_baseline(
    inputs: pl.DataFrame, label: Floats, weights: Floats, plan: Plan, degree: int
) -> Baseline:
    """Fit what `Plan` names by Huber's M-estimator.

    Parameters
    ----------
    inputs : polars.DataFrame
        n rows of features as estimators see them.
    label, weights : ndarray of shape (n,)
        Label and what the star counts.
    plan : Plan
        Where it names a column that is the same quantity, the polynomial is of the
        difference, over the stars that have it; else of the label, in all features.
    degree : int
        0 for a constant, 1 for a linear model, 2 for a quadratic one.

    Notes
    -----
    Huber, P. J. 1981, Robust Statistics; iteratively reweighted least squares.
    """
    inputs, label, weights = _some(inputs, label, weights)
    centre = float(np.median(label))
    constant = Baseline(
        centre, _width(label - centre), None, 0.0, 1.0, [], [], [], 0, []
    )
    if plan.same is None and degree:
        return fit_linear(inputs, label, weights)
    difference = label - plan.copied(inputs)
    known = np.isfinite(difference)
    if not known.any():
        return constant
    fitted = _polynomial(
        constant, inputs.filter(known), difference[known], weights[known],
        plan.terms if degree else (), degree,
    )  # fmt: skip
    return replace(fitted, same=plan.same, offset=plan.offset, unit=plan.width)


def fit_linear(inputs: pl.DataFrame, label: Floats, weights: Floats) -> Baseline:
    """Fit a robust linear model of all features: what any other has to beat.

    Parameters
    ----------
    inputs : polars.DataFrame
        n rows of features as estimators see them.
    label, weights : ndarray of shape (n,)
        Label and what the star counts.
    """
    inputs, label, weights = _some(inputs, label, weights)
    nothing = Baseline(float(np.median(label)), 1.0, None, 0.0, 1.0, [], [], [], 0, [])
    return _polynomial(nothing, inputs, label, weights, inputs.columns, 1)


def _some(
    inputs: pl.DataFrame, label: Floats, weights: Floats
) -> tuple[pl.DataFrame, Floats, Floats]:
    """Return every so many stars, at most `MOST_ROWS` of them."""
    step = -(-len(label) // MOST_ROWS)
    return inputs[::step], label[::step], weights[::step]


def _polynomial(
    start: Baseline,
    inputs: pl.DataFrame,
    wanted: Floats,
    weights: Floats,
    names: Sequence[str],
    degree: int,
) -> Baseline:
    """Return the baseline with a polynomial fitted to what is wanted."""
    median, width = [], []
    for name in names:
        values = column_of(inputs, name)
        values = values[np.isfinite(values)]
        middle = float(np.median(values)) if len(values) else 0.0
        median.append(middle)
        width.append(_width(values - middle))
    matrix = _terms(inputs, names, median, width, degree)
    coefficients, scale = _huber(matrix, wanted, weights)
    return replace(
        start, scale=scale, features=list(names), median=median, width=width,
        degree=degree, coefficients=coefficients.tolist(),
    )  # fmt: skip


def _huber(matrix: Floats, wanted: Floats, weights: Floats) -> tuple[Floats, float]:
    """Return coefficients and the robust width of the residuals."""
    held = np.full(matrix.shape[1], _HELD)
    held[0] = 0.0
    coefficients: Floats = np.zeros(matrix.shape[1])
    coefficients[0] = np.median(wanted)
    scale = _width(wanted - coefficients[0])
    for _ in range(_ITERATIONS):
        residuals = wanted - matrix @ coefficients
        scale = _width(residuals - np.median(residuals))
        limit = _HUBER * scale
        own = weights * np.minimum(1.0, limit / np.maximum(np.abs(residuals), 1e-300))
        weighted = matrix * own[:, None]
        normal = matrix.T @ weighted + np.diag(held)
        found: Floats = np.linalg.lstsq(normal, weighted.T @ wanted, rcond=None)[
            0
        ].astype(np.float64)
        change = np.max(np.abs(found - coefficients))
        coefficients = found
        if change < 1e-4 * scale:
            break
    return coefficients, scale


def _terms(
    inputs: pl.DataFrame,
    names: Sequence[str],
    median: Sequence[float],
    width: Sequence[float],
    degree: int,
) -> Floats:
    """Return one, the standardised features, and their products for degree 2."""
    columns: list[Floats] = [np.ones(len(inputs))]
    scaled = [
        np.clip(np.nan_to_num((column_of(inputs, n) - m) / w, nan=0.0), -_CLIP, _CLIP)
        for n, m, w in zip(names, median, width, strict=True)
    ]
    columns.extend(scaled)
    if degree > 1:
        columns += [a * b for a, b in combinations_with_replacement(scaled, 2)]
    return np.column_stack(columns)


def column_of(inputs: pl.DataFrame, name: str) -> Floats:
    """Return a feature as numbers, NaN where missing."""
    return np.asarray(inputs[name].to_numpy(), dtype=np.float64)


def _width(values: Floats) -> float:
    """Return a robust standard deviation, never zero."""
    if not len(values):
        return 1.0
    return 1.4826 * float(np.median(np.abs(values))) or float(np.std(values)) or 1.0
