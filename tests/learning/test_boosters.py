"""Models of XGBoost are refused where anything is not as training writes it."""

from copy import deepcopy
from functools import reduce

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.estimators.registry import fit_estimator, make_estimator
from stellarwh.learning.runs import boosters
from stellarwh.learning.runs.boosters import check_booster
from stellarwh.learning.runs.estimator_bytes import to_bytes
from stellarwh.learning.runs.ubjson import read_ubjson

SHARED = "learner learner_model_param "
MODEL = "learner gradient_booster model "
TREE = f"{MODEL}trees 0 "
# Of 2 features, 3 classes and 5 rounds: 15 trees.
CLASSES = [0, 1, 2] * 5
FITS = [
    ("learner attributes", {"scale": "2.5"}),
    ("learner feature_names", []),
    ("learner feature_types", ["i", "q"]),
    (f"{SHARED}boost_from_average", "0"),
    # One number alone, as XGBoost 3.0 writes it, or one for all classes.
    (f"{SHARED}base_score", "0.5"),
    (f"{SHARED}base_score", "[0.5]"),
    (f"{TREE}tree_param size_leaf_vector", "0"),
]
REFUSED = [
    ("version", [2, 1, 4], "another version"),
    ("version", [3, 2], "another version"),
    ("version", [3, 2, "0"], "another version"),
    ("more", 1, "the model has other parts"),
    ("learner more", 1, "the learner has other parts"),
    ("learner attributes", {"seed": "1"}, "attributes that training does not write"),
    ("learner attributes", ["scale"], "attributes that training does not write"),
    ("learner attributes", {"scale": "0.0"}, "no positive number"),
    ("learner attributes", {"scale": "-2.0"}, "no positive number"),
    ("learner attributes", {"scale": 2.0}, "no positive number"),
    ("learner attributes", {"scale": "inf"}, "not finite"),
    ("learner feature_names", ["a"], "feature_names do not fit 2 features"),
    ("learner feature_names", {"a": 1, "b": 2}, "feature_names do not fit"),
    ("learner feature_names", ["a", 2], "feature_names are no texts"),
    ("learner feature_types", ["float"], "feature_types do not fit 2 features"),
    ("learner feature_types", ["float", "c"], "another type"),
    ("learner objective name", "binary:hinge", "objective is none"),
    ("learner objective", "multi:softprob", "objective is none"),
    ("learner objective more", "1", "do not fit"),
    (f"{SHARED}more", "1", "its parameters has other parts"),
    (f"{SHARED}num_feature", "3", "not of 2 features and one target"),
    (f"{SHARED}num_target", "2", "not of 2 features and one target"),
    (f"{SHARED}num_target", "x", "a number of its parameters is none"),
    (f"{SHARED}num_target", 1, "a number of its parameters is none"),
    (f"{SHARED}num_target", "1000000001", "a number of its parameters is none"),
    (f"{SHARED}boost_from_average", "2", "neither 0 nor 1"),
    (f"{SHARED}base_score", "[0.1, 0.2]", "one number, or one a class"),
    (f"{SHARED}base_score", "[0.1, 0.2, NaN]", "not finite"),
    (f"{SHARED}base_score", '[0.1, 0.2, "0"]', "not finite"),
    (f"{SHARED}base_score", "nothing", "not finite"),
    ("learner gradient_booster name", "dart", "no booster of trees"),
    ("learner gradient_booster more", 1, "the booster has other parts"),
    (f"{MODEL}more", 1, "the trees has other parts"),
    (f"{MODEL}cats enc", [1], "it has categories"),
    (f"{MODEL}cats sorted_idx", np.array([1]), "it has categories"),
    (f"{MODEL}cats enc", 0, "no lists"),
    (f"{MODEL}trees", [], "no trees, or too many"),
    (f"{MODEL}gbtree_model_param num_trees", "14", "another number of trees"),
    (f"{MODEL}gbtree_model_param num_parallel_tree", "2", "another number of trees"),
    (f"{MODEL}tree_info", CLASSES[:-1], "not told apart by class"),
    (f"{MODEL}tree_info", [False, *CLASSES[1:]], "not told apart by class"),
    (f"{MODEL}tree_info", CLASSES[::-1], "of other classes"),
    (f"{MODEL}iteration_indptr", [0, 3, 6, 9, 15], "rounds are not told apart"),
    (f"{MODEL}iteration_indptr", [0, 3, 6, 9, 12, 14], "other trees than it says"),
    (f"{TREE}more", 1, "a tree has other parts"),
    (f"{TREE}id", 1, "a tree is another one"),
    (f"{TREE}tree_param num_feature", "1", "of other features"),
    (f"{TREE}tree_param num_deleted", "1", "deleted nodes"),
    (f"{TREE}tree_param size_leaf_vector", "3", "several values a leaf"),
    (f"{TREE}tree_param num_nodes", "1", "not as many as its nodes"),
    (f"{TREE}categories", np.zeros(1, ">i4"), "not as many as its nodes"),
    (f"{TREE}categories", np.zeros(0, ">f4"), "of another type"),
    (f"{TREE}parents", [], "not as many as its nodes"),
]  # fmt: skip


def written(kind: str) -> dict:
    rng = np.random.default_rng(0)
    features = pl.DataFrame({"f0": rng.normal(size=200), "f1": rng.normal(size=200)})
    label = features["f0"].to_numpy() if kind == "number" else rng.integers(0, 3, 200)
    made = make_estimator("xgboost", kind, settings={"n_estimators": 5})
    fitted = fit_estimator(made, features, label, np.ones(200))
    return read_ubjson(to_bytes(fitted)[1])


@pytest.fixture(scope="module")
def model() -> dict:
    return written("class")


@pytest.fixture
def check(monkeypatch):
    """Return a function that checks what bytes would hold."""

    def check_content(content: dict, features: int = 2) -> None:
        monkeypatch.setattr(boosters, "read_ubjson", lambda data: content)
        check_booster(b"", features)

    return check_content


def put(content: dict, place: str, value: object) -> dict:
    """Return a copy with another value in one place."""
    copy = deepcopy(content)
    *way, last = (int(step) if step.isdigit() else step for step in place.split())
    reduce(lambda part, step: part[step], way, copy)[last] = value
    return copy


@pytest.mark.parametrize(("place", "value"), FITS)
def test_what_training_may_write_is_taken(model, check, place, value):
    check(put(model, place, value))


@pytest.mark.parametrize(("place", "value", "found"), REFUSED)
def test_what_training_does_not_write_is_refused(model, check, place, value, found):
    with pytest.raises(ValueError, match=found):
        check(put(model, place, value))


def test_a_model_of_xgboost_30_has_no_word_of_categories(model, check):
    older = deepcopy(model)
    del older["learner"]["gradient_booster"]["model"]["cats"]
    check(older)


@pytest.mark.parametrize("classes", ["0", "1", "1001"])
def test_a_number_of_classes_that_cannot_be_is_refused(model, check, classes):
    changed = put(model, f"{SHARED}num_class", classes)
    place = "learner objective softmax_multiclass_param"
    with pytest.raises(ValueError, match="number of classes do not fit"):
        check(put(changed, place, {"num_class": classes}))


def test_a_model_of_numbers_has_no_classes(check):
    content = written("number")
    check(content)
    with pytest.raises(ValueError, match="number of classes do not fit"):
        check(put(content, f"{SHARED}num_class", "1"))


def test_a_round_without_a_tree_of_each_class_is_refused(model, check):
    short = put(model, f"{MODEL}gbtree_model_param num_trees", "14")
    del short["learner"]["gradient_booster"]["model"]["trees"][-1]
    with pytest.raises(ValueError, match="not told apart by class"):
        check(put(short, f"{MODEL}tree_info", CLASSES[:-1]))


@pytest.mark.parametrize("name", ["base_weights", "left_children", "default_left"])
def test_values_of_another_type_are_refused(model, check, name):
    values = model["learner"]["gradient_booster"]["model"]["trees"][0][name]
    with pytest.raises(ValueError, match=f"{name} of a tree are of another type"):
        check(put(model, f"{TREE}{name}", values.astype(">f8")))
    if name == "left_children":  # as XGBoost writes them where 32 bits do not do
        check(put(model, f"{TREE}{name}", values.astype(">i8")))


@pytest.mark.parametrize("feature", [-1, 2])
def test_the_feature_of_a_leaf_is_checked_too(model, check, feature):
    tree = model["learner"]["gradient_booster"]["model"]["trees"][0]
    asked = tree["split_indices"].copy()
    asked[np.flatnonzero(tree["left_children"] == -1)[-1]] = feature
    with pytest.raises(ValueError, match="a feature that is not there"):
        check(put(model, f"{TREE}split_indices", asked))


@pytest.mark.parametrize("side", ["left_children", "right_children"])
def test_each_child_knows_its_parent_in_every_tree(model, check, side):
    number = len(CLASSES) - 1
    tree = model["learner"]["gradient_booster"]["model"]["trees"][number]
    parents = tree["parents"].copy()
    parents[tree[side][0]] = 1
    with pytest.raises(ValueError, match="another parent than it says"):
        check(put(model, f"{MODEL}trees {number} parents", parents))
