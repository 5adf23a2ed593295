"""What scikit-learn's estimators are stored as is checked before it is rebuilt."""

import zipfile
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from stellarwh.errors import TaskError
from stellarwh.learning.runs import estimator_bytes
from stellarwh.learning.runs.estimator_bytes import from_bytes, to_bytes

FEATURES = np.random.default_rng(0).normal(0, 1, (120, 2))


@pytest.fixture(scope="module")
def forest() -> RandomForestRegressor:
    made = RandomForestRegressor(2, max_depth=3, random_state=0)
    return made.fit(FEATURES, FEATURES.sum(axis=1))


@pytest.fixture(scope="module")
def nodes() -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes of a tree of a forest, and of one of scikit-learn's boosting."""
    forest = RandomForestRegressor(1, max_depth=3, random_state=0)
    forest.fit(FEATURES, FEATURES.sum(axis=1))
    boosting = HistGradientBoostingRegressor(max_iter=1, max_leaf_nodes=5)
    boosting.fit(FEATURES, FEATURES.sum(axis=1))
    ((tree,),) = boosting._predictors
    return forest.estimators_[0].tree_.__getstate__()["nodes"], tree.nodes


def test_what_unpacks_to_more_than_is_needed_is_refused(forest, monkeypatch):
    kind, data = to_bytes(forest)
    with zipfile.ZipFile(BytesIO(data)) as packed:
        size = sum(info.file_size for info in packed.infolist())
    monkeypatch.setattr(estimator_bytes, "_MOST_BYTES", size)
    again = from_bytes(kind, data, 2)
    assert again.predict(FEATURES).tolist() == forest.predict(FEATURES).tolist()
    monkeypatch.setattr(estimator_bytes, "_MOST_BYTES", size - 1)
    with pytest.raises(TaskError, match="unpacks to more than any estimator needs"):
        from_bytes(kind, data, 2)


def test_an_unknown_format_is_refused():
    with pytest.raises(TaskError, match="the unknown format 'pickle'"):
        from_bytes("pickle", b"", 2)


def test_a_forest_of_more_features_is_refused(forest):
    with pytest.raises(TaskError, match="asks for a feature that is not there"):
        from_bytes(*to_bytes(forest), 1)


def test_nodes_of_both_kinds_are_walked(nodes):
    for own in nodes:
        estimator_bytes._check_nodes(own, 2)
        with pytest.raises(ValueError, match="a feature that is not there"):
            estimator_bytes._check_nodes(own, 1)


def test_a_leaf_of_boosting_is_one_that_says_so(nodes):
    changed = nodes[1].copy()
    # Its children are zero then, and the nodes below it are nobody's.
    changed["is_leaf"][0] = 1
    with pytest.raises(ValueError, match="never reached"):
        estimator_bytes._check_nodes(changed, 2)


def test_categories_and_other_nodes_are_refused(nodes):
    changed = nodes[1].copy()
    changed["is_categorical"][0] = 1
    with pytest.raises(ValueError, match="a tree has categories"):
        estimator_bytes._check_nodes(changed, 2)
    for own, name in zip(nodes, ("feature", "is_categorical"), strict=True):
        fewer = own[[field for field in own.dtype.names if field != name]]
        with pytest.raises(ValueError, match="nodes of an unknown kind"):
            estimator_bytes._check_nodes(fewer, 2)


def test_a_tree_has_room_for_no_more_nodes_than_it_has():
    def forest_of(*sizes: tuple[int, int]) -> SimpleNamespace:
        trees = [SimpleNamespace(node_count=n, capacity=room) for n, room in sizes]
        return SimpleNamespace(estimators_=[SimpleNamespace(tree_=t) for t in trees])

    estimator_bytes._check_loaded(forest_of((3, 3), (5, 5)))
    estimator_bytes._check_loaded(SimpleNamespace())
    for size in ((4, 5), (5, 4)):
        with pytest.raises(ValueError, match="other nodes than it says"):
            estimator_bytes._check_loaded(forest_of((3, 3), size))


def test_every_type_that_a_schema_names_is_found():
    schema = {
        "__class__": "list", "__module__": "builtins",
        "content": [{"inner": {"__module__": "os", "__class__": "system"}}, 3],
        "half": {"__class__": "eval"},
    }  # fmt: skip
    found = estimator_bytes._types(schema)
    assert found == {"builtins.list", "os.system", "None.eval"}


def test_a_refusal_is_one_line_of_at_most_a_hundred_characters_of_the_reason():
    told = str(estimator_bytes._refused("XGBoost", ValueError("a\n b " + "c" * 200)))
    assert f"(a b {'c' * 96})" in told
    assert "(KeyError)" in str(estimator_bytes._refused("XGBoost", KeyError()))
