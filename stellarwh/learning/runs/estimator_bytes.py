"""The bytes that fitted estimators are stored as, and how they are read again.

XGBoost writes UBJSON, scikit-learn is written by skops; neither can run code when it
is read. Whoever can write a warehouse can write any bytes, though, and both libraries
trust the indices in them: so these are checked first (`boosters`, `trees`).
"""

import json
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import xgboost

from stellarwh.errors import TaskError
from stellarwh.learning.estimators.boosted import Boosted
from stellarwh.learning.runs.boosters import check_booster
from stellarwh.learning.runs.trees import Trees

# What a stored scikit-learn artefact consists of. Nothing else is ever rebuilt from a
# warehouse, not even what skops trusts by itself.
_TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_OURS = (
    "numpy.dtype",
    _TREES,
    "sklearn.tree._tree.Tree",
    "stellarwh.learning.estimators.selection.CollinearSelector",
    "stellarwh.learning.estimators.selection.bend",
)
KNOWN_TYPES = frozenset(
    (
        *_OURS,
        "builtins.dict",
        "builtins.list",
        "builtins.str",
        "builtins.tuple",
        "numpy.float64",
        "numpy.int64",
        "numpy.ndarray",
        "numpy.random._generator.Generator",
        "numpy.uint64",
        "sklearn._loss._loss.CyHalfBinomialLoss",
        "sklearn._loss._loss.CyHalfMultinomialLoss",
        "sklearn._loss._loss.CyHalfSquaredError",
        "sklearn._loss.link.IdentityLink",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.link.MultinomialLogit",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn._loss.loss.HalfMultinomialLoss",
        "sklearn._loss.loss.HalfSquaredError",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting."
        "HistGradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting."
        "HistGradientBoostingRegressor",
        "sklearn.impute._base.MissingIndicator",
        "sklearn.impute._base.SimpleImputer",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.RobustScaler",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._function_transformer.FunctionTransformer",
        "sklearn.preprocessing._label.LabelEncoder",
        "sklearn.preprocessing._polynomial.PolynomialFeatures",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
    )
)
# Unpacked; a forest of 500,000 stars has a tenth of it.
_MOST_BYTES = 4_000_000_000


def to_bytes(estimator: Any) -> tuple[str, bytes]:
    """Return format name and bytes of a fitted estimator."""
    if isinstance(estimator, xgboost.XGBModel):
        return "xgboost-ubj", bytes(estimator.get_booster().save_raw("ubj"))
    if isinstance(estimator, Boosted):
        estimator = estimator.booster
    if isinstance(estimator, xgboost.Booster):
        return "xgboost-ubj", bytes(estimator.save_raw("ubj"))
    from skops import io  # noqa: PLC0415 - takes a second, and XGBoost needs none of it

    written = io.dumps(estimator, compression=zipfile.ZIP_DEFLATED)
    return "skops", bytes(written)


def from_bytes(format_name: str, data: bytes, features: int) -> Any:
    """Return the estimator that `to_bytes` wrote; XGBoost comes as a Booster.

    Parameters
    ----------
    format_name, data : str, bytes
        From `to_bytes`.
    features : int
        How many features it will be applied to.

    Raises
    ------
    TaskError
        If the format is unknown, or the bytes are not as `to_bytes` writes them.
    """
    if format_name == "xgboost-ubj":
        try:
            check_booster(data, features)
            return xgboost.Booster({"nthread": 1}, model_file=bytearray(data))
        except ValueError as error:  # XGBoost's own errors are ValueErrors
            raise _refused("XGBoost", error) from None
    if format_name != "skops":
        raise TaskError(
            f"A stored artefact has the unknown format '{format_name}'; it was written "
            "by another version of stellarwh, so train the task again."
        )
    from skops import io  # noqa: PLC0415 - as above

    try:
        _check_skops(data, features)
        estimator = io.loads(data, trusted=list(_OURS))
        _check_loaded(estimator)
    except TaskError:
        raise
    except Exception as error:  # some 100 kinds of objects raise what they like
        raise _refused("scikit-learn", error) from None
    return estimator


def _refused(library: str, error: Exception) -> TaskError:
    why = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
    return TaskError(
        f"A stored {library} artefact cannot be read ({why}); it is not used. Train "
        "the task again."
    )


def _check_skops(data: bytes, features: int) -> None:
    """Check what a skops file would unpack and rebuild, without doing it.

    Raises
    ------
    TaskError
        If it names a type that is not known.
    ValueError
        If it is too large, or the nodes of a tree cannot be walked.
    """
    with zipfile.ZipFile(BytesIO(data)) as packed:
        if sum(info.file_size for info in packed.infolist()) > _MOST_BYTES:
            raise ValueError("it unpacks to more than any estimator needs")
        unknown = _types(json.loads(packed.read("schema.json"))) - KNOWN_TYPES
        if unknown:
            raise TaskError(
                "A stored artefact holds types that are not trusted "
                f"({', '.join(sorted(unknown))}); it is not used. Train the task again."
            )
        nodes = []
        for name in packed.namelist():
            if name.endswith(".npy"):
                array = np.load(BytesIO(packed.read(name)), allow_pickle=False)
                if array.dtype.names:
                    nodes.append(array)
    # Whatever refers to them: these arrays are what the libraries walk.
    for array in nodes:
        _check_nodes(array, features)


def _types(schema: Any) -> set[str]:
    """Return every type that a skops schema names."""
    found = set()
    left = [schema]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            if "__class__" in item or "__module__" in item:
                found.add(f"{item.get('__module__')}.{item.get('__class__')}")
            left += item.values()
        elif isinstance(item, list):
            left += item
    return found


def _check_nodes(nodes: Any, features: int) -> None:
    names = set(nodes.dtype.names)
    if {"left_child", "right_child", "feature"} <= names:  # a forest's
        left, right, feature = (
            nodes[name].astype(np.int64).ravel()
            for name in ("left_child", "right_child", "feature")
        )
        is_leaf = left == -1
    elif {"left", "right", "feature_idx", "is_leaf", "is_categorical"} <= names:
        left, right, feature = (
            nodes[name].astype(np.int64).ravel()
            for name in ("left", "right", "feature_idx")
        )
        is_leaf = nodes["is_leaf"].ravel() != 0
        if nodes["is_categorical"].any():
            raise ValueError("a tree has categories")
    else:
        raise ValueError("it has nodes of an unknown kind")
    Trees(np.array([nodes.size]), is_leaf, left, right, feature).check(features)


def _check_loaded(estimator: Any) -> None:
    """Check that each tree of a forest has as many nodes as it says."""
    for tree in getattr(estimator, "estimators_", ()):
        if tree.tree_.node_count != tree.tree_.capacity:
            raise ValueError("a tree has other nodes than it says")
