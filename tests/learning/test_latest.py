"""The latest run of a task is held to the view as it is now."""

import json
import warnings

import duckdb
import pytest

from stellarwh.errors import StellarwhWarning, TaskError
from stellarwh.learning.runs.artefacts import json_artefact, seal
from stellarwh.learning.runs.latest import _latest, warn_of_replaced_data
from stellarwh.learning.tasks.task import Target, Task

TYPES = {"a": "DOUBLE", "b": "FLOAT"}
PART = json_artefact("", "scaling", {"a": 1})


def task_of(types: dict[str, str]) -> Task:
    target = Target("y", "label_y", "number", None)
    return Task("mine", tuple(types), tuple(types.values()), (target,), "")


@pytest.fixture
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - tables of its own
        opened.execute(
            "create schema ml; create schema meta; "
            "create table ml.runs (task varchar, run_id varchar, created_at timestamp, "
            "features varchar[], feature_types varchar[], artefacts_sha256 varchar, "
            "parameters varchar, targets varchar[], sources struct(survey varchar, "
            "file varchar, ingest_id varchar, is_simulated boolean, "
            "sha256 varchar)[]); "
            "create table ml.models (run_id varchar, target varchar, part varchar, "
            "format varchar, artefact blob, sha256 varchar); "
            "create table meta.ingests (survey varchar, ingest_id varchar)"
        )
        opened.execute(
            "insert into ml.models values ('new', '', 'scaling', 'json', ?, ?)",
            [PART.data, PART.sha256],
        )
        yield opened


def put_run(connection, run_id="new", day=2, parameters="{}", sources=()) -> None:
    connection.execute(
        "insert into ml.runs values ('mine', ?, make_timestamp(2026, 11, ?, 0, 0, 0), "
        "?, ?, ?, ?, ['y'], ?)",
        [run_id, day, list(TYPES), list(TYPES.values()), seal([PART]), parameters,
         [dict(zip(("survey", "file", "ingest_id", "is_simulated"), s, strict=True))
          for s in sources]],
    )  # fmt: skip


def test_a_task_that_was_never_trained_says_how(connection):
    with pytest.raises(TaskError, match="never trained; run 'stellarwh train mine'"):
        _latest(connection, task_of(TYPES))


def test_the_latest_run_is_taken_with_its_features_in_their_order(connection):
    put_run(connection, "old", day=1)
    put_run(connection)
    found = _latest(connection, task_of(dict(reversed(TYPES.items()))))
    assert (found.run_id, found.features, found.targets) == ("new", ("a", "b"), ("y",))
    assert found.artefacts == [PART]


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ({"a": "DOUBLE"}, "gone: b"),
        (TYPES | {"c": "DOUBLE"}, "new: c"),
        (TYPES | {"b": "DOUBLE"}, "b was FLOAT and is DOUBLE"),
    ],
)
def test_a_view_of_other_features_is_refused(connection, types, said):
    put_run(connection)
    expected = rf"^features\.mine no longer fits run new: {said}\. Train the task again"
    with pytest.raises(TaskError, match=expected):
        _latest(connection, task_of(types))


def test_what_was_left_out_then_does_not_count_now(connection):
    put_run(connection, parameters=json.dumps({"left_out": {"empty": "DOUBLE"}}))
    assert _latest(connection, task_of(TYPES | {"empty": "DOUBLE"})).run_id == "new"
    with pytest.raises(TaskError, match="new: other"):
        _latest(connection, task_of(TYPES | {"other": "DOUBLE"}))


@pytest.mark.parametrize("parameters", ["[]", "nothing", '{"left_out": 3}'])
def test_a_row_that_cannot_be_read_is_told_in_one_line(connection, parameters):
    put_run(connection, parameters=parameters)
    with pytest.raises(TaskError, match=r"^What ml\.runs says of run new cannot be"):
        _latest(connection, task_of(TYPES))


def test_files_that_are_no_longer_there_are_named(connection):
    connection.execute(
        "insert into meta.ingests values ('apogee', '1'), ('lamost', '7')"
    )
    put_run(
        connection,
        sources=[
            ("apogee", "/data/here.fits", "1", False),
            ("apogee", "/data/gone.fits", "2", False),
            ("galah", "/data/made.fits", "7", True),
            ("features", "mine.sql", None, False),
        ],
    )
    with pytest.warns(
        StellarwhWarning,
        match=r"no longer in the warehouse: gone\.fits of apogee, made\.fits of galah "
        r"\(SIMULATED\)\. What it predicts is marked stale",
    ):
        warn_of_replaced_data(connection, "new")


def test_nothing_is_said_where_all_files_are_there(connection):
    connection.execute("insert into meta.ingests values ('apogee', '1')")
    put_run(connection, sources=[("apogee", "/data/here.fits", "1", False)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_replaced_data(connection, "new")
