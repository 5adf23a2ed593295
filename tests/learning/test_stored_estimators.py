"""Stored bytes are checked before a library sees them."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xgboost
from sklearn.neighbors import KNeighborsRegressor

from stellarwh.errors import TaskError
from stellarwh.learning.estimators.registry import (
    ESTIMATORS,
    fit_estimator,
    make_estimator,
)
from stellarwh.learning.runs.boosters import check_booster
from stellarwh.learning.runs.estimator_bytes import from_bytes, to_bytes
from stellarwh.learning.runs.trees import Trees
from stellarwh.learning.runs.ubjson import read_ubjson

SMALL = {
    "xgboost": {"n_estimators": 5},
    "random-forest": {"n_estimators": 5},
    "histogram-boosting": {"max_iter": 5},
    "ridge": {},
}
MUTATIONS = 40


def fitted(name: str, kind: str):
    rng = np.random.default_rng(0)
    features = pl.DataFrame({"f0": rng.normal(size=300), "f1": rng.normal(size=300)})
    features = features.with_columns(f1=pl.when(pl.col("f1") < 1).then(pl.col("f1")))
    label = features["f0"].to_numpy() if kind == "number" else rng.integers(0, 3, 300)
    estimator = make_estimator(name, kind, settings=SMALL[name])
    return fit_estimator(estimator, features, label, np.ones(300)), features


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """Return a folder with the bytes of every kind of estimator."""
    folder = tmp_path_factory.mktemp("stored")
    for name in ESTIMATORS:
        for kind in ("number", "class"):
            estimator, _ = fitted(name, kind)
            format_name, data = to_bytes(estimator)
            (folder / f"{name}-{kind}.{format_name}").write_bytes(data)
    return folder


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("kind", ["number", "class"])
def test_what_training_writes_comes_back(name, kind):
    estimator, features = fitted(name, kind)
    again = from_bytes(*to_bytes(estimator), 2)
    if name == "xgboost":
        values = again.inplace_predict(features, validate_features=False)
        method = estimator.predict if kind == "number" else estimator.predict_proba
        assert np.array_equal(values, method(features))
    else:
        assert np.array_equal(again.predict(features), estimator.predict(features))


def test_damaged_bytes_never_crash(stored):
    """Without the checks, 60 of either library end in a segmentation fault."""
    done = subprocess.run(
        [
            *(sys.executable, str(Path(__file__).with_name("mutations.py"))),
            *(str(stored), str(MUTATIONS)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [line for line in done.stdout.splitlines() if "refused of" in line]
    assert len(told) == 2 * len(ESTIMATORS)
    for line in told:
        assert int(line.split()[1]) > MUTATIONS / 2, line


@pytest.fixture(scope="module")
def booster(stored) -> bytes:
    return (stored / "xgboost-class.xgboost-ubj").read_bytes()


def altered(booster: bytes, name: str, dtype: str, at: int, value: float) -> bytes:
    """Return the model with one value of an array of its first tree changed."""
    key = name.encode()
    found = booster.index(len(key).to_bytes(8, "big") + key) + 8 + len(key)
    first = found + len(b"[$l#L") + 8
    size = np.dtype(dtype).itemsize
    new = np.array([value], dtype).tobytes()
    return booster[: first + at * size] + new + booster[first + (at + 1) * size :]


@pytest.mark.parametrize(
    ("name", "dtype", "at", "value", "found"),
    [
        ("left_children", ">i4", 0, 1_000_000, "child that is not there"),
        ("left_children", ">i4", 0, -7, "child that is not there"),
        ("right_children", ">i4", 0, 0, "child that is not there"),
        ("left_children", ">i4", 0, 2, "reached twice"),
        ("left_children", ">i4", 0, -1, "child that is not there"),
        ("split_indices", ">i4", 0, 2, "feature that is not there"),
        ("split_indices", ">i4", 0, -1, "feature that is not there"),
        ("parents", ">i4", 1, 2, "another parent"),
        ("split_conditions", ">f4", 0, np.nan, "not finite"),
        ("base_weights", ">f4", 0, np.inf, "not finite"),
        ("split_type", ">u1", 0, 1, "another kind"),
        ("default_left", ">u1", 0, 2, "another kind"),
    ],
)
def test_a_tree_that_cannot_be_walked_is_refused(
    booster, name, dtype, at, value, found
):
    check_booster(booster, 2)
    damaged = altered(booster, name, dtype, at, value)
    assert len(damaged) == len(booster)
    with pytest.raises(ValueError, match=found):
        check_booster(damaged, 2)
    with pytest.raises(TaskError, match=found):
        from_bytes("xgboost-ubj", damaged, 2)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("multi:softprob", "binary:hinge__", "its objective is none"),
        ("gbtree", "gblinx", "no booster of trees"),
        ("num_treesSL\0\0\0\0\0\0\0\x0215", "num_treesSL\0\0\0\0\0\0\0\x0299",
         "another number of trees"),
        ("num_classSL\0\0\0\0\0\0\0\x013", "num_classSL\0\0\0\0\0\0\0\x019",
         "one a class"),
        ("num_featureSL\0\0\0\0\0\0\0\x012", "num_featureSL\0\0\0\0\0\0\0\x011",
         "not of 2 features"),
        ("tree_info", "tree_inf_", "the trees has other parts"),
    ],
)  # fmt: skip
def test_a_model_that_contradicts_itself_is_refused(booster, old, new, found):
    assert old.encode() in booster
    with pytest.raises(ValueError, match=found):
        check_booster(booster.replace(old.encode(), new.encode()), 2)


def test_a_model_of_other_features_is_refused(booster):
    with pytest.raises(ValueError, match="do not fit 3 features"):
        check_booster(booster, 3)


def test_ubjson_is_read_as_xgboost_writes_it(booster):
    """XGBoost's own JSON of the same model, read by Python, is the oracle."""
    model = xgboost.Booster(model_file=bytearray(booster))
    expected = json.loads(bytes(model.save_raw("json")))

    def plain(found):
        if isinstance(found, dict):
            return {name: plain(value) for name, value in found.items()}
        if isinstance(found, list):
            return [plain(value) for value in found]
        return found.tolist() if isinstance(found, np.ndarray) else found

    def close(a, b):
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
        if isinstance(a, list):
            return len(a) == len(b) and all(map(close, a, b))
        if isinstance(a, float):  # JSON has nine digits
            return np.float32(a) == np.float32(b)
        return a == b

    assert close(plain(read_ubjson(booster)), expected)


def test_walks_a_tree_by_hand():
    """Node 0 asks for feature 1; 1 is a leaf, 2 asks for 0, 3 and 4 are leaves."""

    def tree(left, right, feature=(1, 0, 0, 0, 0)):
        arrays = [np.array(a) for a in (left, right, feature)]
        return Trees(np.array([5]), arrays[0] == -1, *arrays)

    left, right = [1, -1, 3, -1, -1], [2, -1, 4, -1, -1]
    tree(left, right).check(2)
    with pytest.raises(ValueError, match="feature"):
        tree(left, right).check(1)
    with pytest.raises(ValueError, match="reached twice"):
        tree([1, -1, 1, -1, -1], right).check(2)
    with pytest.raises(ValueError, match="never reached"):
        tree([1, -1, -1, -1, -1], right).check(2)
    with pytest.raises(ValueError, match="not there"):
        tree([1, -1, 5, -1, -1], right).check(2)


def test_types_that_skops_trusts_by_itself_are_refused_too():
    other = KNeighborsRegressor().fit(np.arange(20.0).reshape(-1, 2), np.arange(10.0))
    with pytest.raises(TaskError, match=r"not trusted.*KNeighborsRegressor"):
        from_bytes(*to_bytes(other), 2)


def test_a_run_of_an_earlier_version_is_refused_in_one_line():
    estimator, _ = fitted("ridge", "number")
    form, data = to_bytes(estimator)
    old = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as now, zipfile.ZipFile(old, "w") as then:
        for name in now.namelist():
            content = now.read(name)
            then.writestr(
                name, content.replace(b".estimators.selection", b".selection")
            )
    with pytest.raises(TaskError, match=r"Train the task again\.$") as refused:
        from_bytes(form, old.getvalue(), 2)
    assert "\n" not in str(refused.value)
