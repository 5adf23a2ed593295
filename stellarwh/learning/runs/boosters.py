"""Whether stored bytes are an XGBoost model that can be loaded and walked.

XGBoost takes the sizes and indices of a model as they stand, and reads or writes
beyond its memory where they are wrong. So everything is checked here before it sees a
byte: names, types, lengths, children, features, and that numbers are finite. What is
known is what our own training writes; more is refused.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from stellarwh.learning.runs.trees import Trees
from stellarwh.learning.runs.ubjson import read_ubjson

# Lengths that a file may state; far beyond any that is trained here.
_MOST_TREES = 100_000
_MOST_CLASSES = 1_000
_WHOLE = re.compile(r"\d{1,9}")
_OBJECTIVES = ("reg:squarederror", "binary:logistic", "multi:softprob")
_FLOATS = ("base_weights", "loss_changes", "split_conditions", "sum_hessian")
_INTEGERS = ("left_children", "right_children", "parents", "split_indices")
_BYTES = ("default_left", "split_type")
# Categories, which our features never are.
_EMPTY = (
    "categories", "categories_nodes", "categories_segments", "categories_sizes",
)  # fmt: skip


def check_booster(data: bytes, features: int) -> None:
    """Check the bytes of an XGBoost model.

    Parameters
    ----------
    data : bytes
        UBJSON, as ``Booster.save_raw("ubj")`` gives it.
    features : int
        How many features it will be applied to.

    Raises
    ------
    ValueError
        If anything is not as training writes it.
    """
    content = read_ubjson(data)
    _keys(content, {"learner", "version"}, "the model")
    version = content["version"]
    if not _is_whole_list(version, 3) or version[0] != 3:
        raise ValueError("it is of another version of XGBoost")
    learner = content["learner"]
    _keys(
        learner,
        {
            "attributes", "feature_names", "feature_types", "gradient_booster",
            "learner_model_param", "objective",
        },
        "the learner",
    )  # fmt: skip
    _check_attributes(learner["attributes"])
    for name in ("feature_names", "feature_types"):
        texts = learner[name]
        if not isinstance(texts, list) or len(texts) not in (0, features):
            raise ValueError(f"{name} do not fit {features} features")
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{name} are no texts")
    if not set(learner["feature_types"]) <= {"float", "int", "i", "q"}:
        raise ValueError("a feature is of another type")
    classes = _check_objective(learner, features)
    _check_model(learner["gradient_booster"], classes, features)


def _check_attributes(attributes: Any) -> None:
    if not isinstance(attributes, dict) or not attributes.keys() <= {"scale"}:
        raise ValueError("it has attributes that training does not write")
    scale = attributes.get("scale", "1.0")
    if not isinstance(scale, str) or not _finite(scale) > 0:
        raise ValueError("its scale is no positive number")


def _check_objective(learner: Mapping[str, Any], features: int) -> int:
    """Return how many trees stand for one round: one a class, or one."""
    shared = learner["learner_model_param"]
    _keys(
        shared,
        {"base_score", "boost_from_average", "num_class", "num_feature", "num_target"},
        "its parameters",
    )
    if _whole(shared["num_feature"]) != features or _whole(shared["num_target"]) != 1:
        raise ValueError(f"it is not of {features} features and one target")
    if shared["boost_from_average"] not in ("0", "1"):
        raise ValueError("boost_from_average is neither 0 nor 1")
    objective = learner["objective"]
    name = objective.get("name") if isinstance(objective, dict) else None
    if name not in _OBJECTIVES:
        raise ValueError("its objective is none that is trained here")
    classes = _whole(shared["num_class"])
    if name == "multi:softprob":
        param = "softmax_multiclass_param"
        known = {"num_class": str(classes)}
        fits = 2 <= classes <= _MOST_CLASSES
    else:
        param = "reg_loss_param"
        known = {"scale_pos_weight": "1"}
        fits = classes == 0
    if not fits or objective != {"name": name, param: known}:
        raise ValueError("its objective and its number of classes do not fit")
    groups = max(1, classes)
    try:
        scores = json.loads(shared["base_score"])
    except (TypeError, ValueError, RecursionError):
        scores = None
    scores = scores if isinstance(scores, list) else [scores]  # XGBoost 3.0: one alone
    if len(scores) not in (1, groups):
        raise ValueError("base_score is not one number, or one a class")
    if not all(isinstance(s, int | float) and math.isfinite(s) for s in scores):
        raise ValueError("base_score is not finite")
    return groups


def _check_model(booster: Any, groups: int, features: int) -> None:
    _keys(booster, {"model", "name"}, "the booster")
    if booster["name"] != "gbtree":
        raise ValueError("it is no booster of trees")
    model = booster["model"]
    parts = {"gbtree_model_param", "iteration_indptr", "tree_info", "trees"}
    if isinstance(model, dict) and "cats" in model:  # since XGBoost 3.1
        parts.add("cats")
        cats = model["cats"]
        _keys(cats, {"enc", "feature_segments", "sorted_idx"}, "its categories")
        if any(len(_sized(value)) for value in cats.values()):
            raise ValueError("it has categories")
    _keys(model, parts, "the trees")
    trees, info = model["trees"], model["tree_info"]
    if not isinstance(trees, list) or not 0 < len(trees) <= _MOST_TREES:
        raise ValueError("it has no trees, or too many")
    known = {"num_parallel_tree": "1", "num_trees": str(len(trees))}
    if model["gbtree_model_param"] != known:
        raise ValueError("it has another number of trees than it says")
    rounds = len(trees) // groups
    if not _is_whole_list(info, rounds * groups) or len(info) != len(trees):
        raise ValueError("its trees are not told apart by class")
    if info != list(range(groups)) * rounds:
        raise ValueError("its trees are of other classes than it says")
    starts = model["iteration_indptr"]
    if not _is_whole_list(starts, rounds + 1):
        raise ValueError("its rounds are not told apart")
    if starts != list(range(0, len(trees) + 1, groups)):
        raise ValueError("its rounds have other trees than it says")
    _check_trees(trees, features)


def _check_trees(trees: list[Any], features: int) -> None:
    sizes = np.array(
        [_check_shape(tree, i, features) for i, tree in enumerate(trees)],
        dtype=np.int64,
    )

    def joined(name: str, kind: str) -> Any:
        return np.concatenate([tree[name] for tree in trees]).astype(kind)

    for name in _FLOATS:
        if not np.isfinite(joined(name, "f4")).all():
            raise ValueError(f"{name} of a tree are not finite")
    if joined("split_type", "u1").any() or joined("default_left", "u1").max() > 1:
        raise ValueError("a tree has splits of another kind")
    left, right, parents, feature = (joined(name, "i8") for name in _INTEGERS)
    is_leaf = (left == -1) & (right == -1)
    Trees(sizes, is_leaf, left, right, feature).check(features)
    if not ((feature >= 0) & (feature < features)).all():  # leaves have one, too
        raise ValueError("a node asks for a feature that is not there")
    start = np.repeat(np.cumsum(sizes) - sizes, sizes)
    inner = np.flatnonzero(~is_leaf)
    for child in (left, right):
        if (parents[child[inner] + start[inner]] + start[inner] != inner).any():
            raise ValueError("a node has another parent than it says")


def _check_shape(tree: Any, number: int, features: int) -> int:
    """Check names, types and lengths of a tree and return its number of nodes."""
    arrays = {*_FLOATS, *_INTEGERS, *_BYTES, *_EMPTY}
    _keys(tree, {*arrays, "id", "tree_param"}, "a tree")
    param = tree["tree_param"]
    _keys(
        param,
        {"num_deleted", "num_feature", "num_nodes", "size_leaf_vector"},
        "a tree's parameters",
    )
    nodes = _whole(param["num_nodes"])
    if tree["id"] != number or _whole(param["num_feature"]) != features:
        raise ValueError("a tree is another one, or of other features, than it says")
    if param["num_deleted"] != "0" or param["size_leaf_vector"] not in ("0", "1"):
        raise ValueError("a tree has deleted nodes or several values a leaf")
    for names, kinds, length in (
        (_FLOATS, ("f4",), nodes),
        (_INTEGERS, ("i4", "i8"), nodes),
        (_BYTES, ("u1",), nodes),
        (_EMPTY, ("i4", "i8"), 0),
    ):
        for name in names:
            values = tree[name]
            if not isinstance(values, np.ndarray) or len(values) != length:
                raise ValueError(f"{name} of a tree are not as many as its nodes")
            if f"{values.dtype.kind}{values.dtype.itemsize}" not in kinds:
                raise ValueError(f"{name} of a tree are of another type")
    return nodes


def _keys(found: Any, known: Collection[str], what: str) -> None:
    if not isinstance(found, dict) or found.keys() != set(known):
        raise ValueError(f"{what} has other parts than training writes")


def _is_whole_list(found: Any, length: int) -> bool:
    return (
        isinstance(found, list)
        and len(found) == length
        and all(type(value) is int for value in found)
    )


def _sized(found: Any) -> Any:
    if not isinstance(found, list | np.ndarray):
        raise ValueError("its categories are no lists")
    return found


def _whole(text: Any) -> int:
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise ValueError("a number of its parameters is none")
    return int(text)


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError("a number is not finite")
    return found
