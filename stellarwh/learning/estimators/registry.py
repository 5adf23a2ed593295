"""The registry of estimators."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import xgboost
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from stellarwh.errors import TaskError, did_you_mean
from stellarwh.learning.estimators.selection import CollinearSelector, bend
from stellarwh.learning.estimators.sides import BINS
from stellarwh.learning.estimators.workers import EndIfStopped, finds_gpu
from stellarwh.learning.tasks.rows import Floats
from stellarwh.learning.tasks.task import Kind

DEVICES = ("cpu", "cuda")


def _xgboost(kind: Kind, seed: int, device: str) -> Any:
    # One thread per fit: sums over a fixed order give the same bits on any machine;
    # folds and targets are what runs in parallel.
    shared = {
        "tree_method": "hist",
        "device": device,
        "n_jobs": 1,
        "random_state": seed,
        "max_bin": BINS,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
    }
    if kind == "number":
        return xgboost.XGBRegressor(
            n_estimators=120,
            learning_rate=0.1,
            max_depth=5,
            min_child_weight=10,
            **shared,
        )
    return xgboost.XGBClassifier(
        n_estimators=60, learning_rate=0.15, max_depth=4, min_child_weight=2, **shared
    )


def _random_forest(kind: Kind, seed: int, device: str) -> Any:
    shared = {
        "n_estimators": 100,
        "min_samples_leaf": 5,
        "max_depth": 14,
        "random_state": seed,
        "n_jobs": 1,
    }
    if kind == "number":
        return RandomForestRegressor(max_features=0.5, **shared)
    return RandomForestClassifier(**shared)


def _histogram_boosting(kind: Kind, seed: int, device: str) -> Any:
    shared = {
        "learning_rate": 0.1,
        "max_leaf_nodes": 24,
        "min_samples_leaf": 10,
        "max_bins": 127,
        "early_stopping": False,
        "random_state": seed,
    }
    if kind == "number":
        return HistGradientBoostingRegressor(max_iter=120, **shared)
    return HistGradientBoostingClassifier(max_iter=60, **shared)


def _imputer() -> SimpleImputer:
    """Return medians for missing values, and one indicator for each such feature."""
    # A feature that a fold never saw is zero there, no warning and no missing column.
    return SimpleImputer(
        strategy="median", add_indicator=True, keep_empty_features=True
    )


def _ridge(kind: Kind, seed: int, device: str) -> Any:
    # Logistic regression converges on terms of one scale, and is held back more.
    linear = (
        [("fit", Ridge(alpha=3.0))]
        if kind == "number"
        else [
            ("rescale", StandardScaler()),
            ("fit", LogisticRegression(C=0.03, tol=1e-3, max_iter=1000)),
        ]
    )
    return Pipeline(
        [
            ("impute", _imputer()),
            ("select", CollinearSelector()),
            ("scale", RobustScaler()),
            ("bend", FunctionTransformer(bend)),
            ("square", PolynomialFeatures(degree=2, include_bias=False)),
            *linear,
        ]
    )


# Of so many stars, XGBoost learns more with fewer and deeper trees, and faster: errors
# are 2 % smaller on 59,000 and 200,000 stars, and would be 1 to 2 % larger on 12,000.
# Deeper once more, they are 1 to 4 % smaller on 600,000 stars, with a fifth less work
# and half of it in predictions; on 130,000, those of [α/Fe] would be 2 % larger.
_OF_MANY_STARS: dict[tuple[str, Kind], dict[int, dict[str, Any]]] = {
    ("xgboost", "number"): {
        30_000: {"n_estimators": 80, "learning_rate": 0.15, "max_depth": 6},
        300_000: {"n_estimators": 40, "learning_rate": 0.25, "max_depth": 8},
    }
}

ESTIMATORS: dict[str, Callable[[Kind, int, str], Any]] = {
    "xgboost": _xgboost,
    "random-forest": _random_forest,
    "histogram-boosting": _histogram_boosting,
    "ridge": _ridge,
}


def make_estimator(
    name: str,
    kind: Kind,
    seed: int = 0,
    device: str = "cpu",
    settings: Mapping[str, Any] | None = None,
    stars: int = 0,
) -> Any:
    """Return an unfitted scikit-learn estimator.

    Parameters
    ----------
    name : str
        ``xgboost``, ``random-forest``, ``histogram-boosting`` or ``ridge`` (on
        quadratic terms of scaled features; logistic regression for classes).
    kind : 'number' or 'class'
        Regression or classification.
    seed : int
        Seed of every random choice.
    device : str
        ``cpu`` or ``cuda``; only XGBoost can use the latter.
    settings : mapping, optional
        Parameters that differ from those chosen here.
    stars : int
        How many stars it will learn from.

    Raises
    ------
    TaskError
        If there is no such estimator, or it cannot run on the device.
    """
    if name not in ESTIMATORS:
        raise TaskError(
            f"There is no estimator '{name}'. {did_you_mean(name, ESTIMATORS)}"
        )
    if device not in DEVICES:
        raise TaskError(
            f"There is no device '{device}'. {did_you_mean(device, DEVICES)}"
        )
    if device == "cuda" and name != "xgboost":
        raise TaskError(f"Estimator {name} runs on the CPU only; leave --device out.")
    if device == "cuda" and not xgboost.build_info().get("USE_CUDA"):
        raise TaskError(
            "This xgboost was built without CUDA; install the package 'xgboost' in "
            "place of 'xgboost-cpu', or leave --device out."
        )
    if device == "cuda" and not finds_gpu():
        raise TaskError(
            "XGBoost finds no GPU that it can use on this machine (nvidia-smi shows "
            "what there is); leave --device out."
        )
    own: dict[str, Any] = {}
    for fewest, of_many in _OF_MANY_STARS.get((name, kind), {}).items():
        if stars >= fewest:
            own = of_many
    return ESTIMATORS[name](kind, seed, device).set_params(**own | dict(settings or {}))


@dataclass(frozen=True)
class Unfitted:
    """What the estimators of one target are made with, before any of them is fitted.

    Attributes
    ----------
    name, kind, seed, device, stars : str, str, int, str, int
        As `make_estimator` takes them.
    settings : mapping of int or None to mapping
        By fold that is held out, and of all stars (None), the parameters that differ
        from the usual ones; a fold that is not there has none.
    """

    name: str
    kind: Kind
    seed: int
    device: str
    stars: int
    settings: Mapping[int | None, Mapping[str, Any]] = field(default_factory=dict)

    def without(self, fold: int | None) -> Any:
        """Return the estimator that is to learn without a fold, or of all stars."""
        return self.set_to(self.settings.get(fold, {}))

    def set_to(self, settings: Mapping[str, Any]) -> Any:
        """Return the estimator with these settings, whatever was chosen."""
        return make_estimator(
            self.name, self.kind, self.seed, self.device, settings, self.stars
        )

    def parameters(self) -> dict[str, Any]:
        """Return every parameter of the one of all stars that is not at None."""
        return {
            name: value if isinstance(value, int | float | str | bool) else _text(value)
            for name, value in self.without(None).get_params().items()
            if value is not None and value == value
        }


def _text(value: Any) -> str:
    """Return an object as text, without its place in the memory of this process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


def fit_estimator(
    estimator: Any, features: pl.DataFrame, label: Any, weights: Floats
) -> Any:
    """Fit an estimator, or the last step of a pipeline, with weights of the stars.

    A feature that none of these stars has is taken as zero in all of them: nothing can
    be learned from it, and scikit-learn's boosting fails on it.
    """
    empty = pl.col(pl.Float64).is_null().all()
    features = features.with_columns(
        pl.when(empty).then(0.0).otherwise(pl.col(pl.Float64)).name.keep()
    )
    if isinstance(estimator, xgboost.XGBModel):
        own = estimator.callbacks or []
        estimator = clone(estimator).set_params(callbacks=[*own, EndIfStopped()])
    prefix = "fit__" if isinstance(estimator, Pipeline) else ""
    return estimator.fit(features, label, **{f"{prefix}sample_weight": weights})
