"""A task without all its surveys is learned from what is there, or refused at once."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner
from views import make_view, toy

from stellarwh.cli import app
from stellarwh.errors import TaskError
from stellarwh.learning import check_task, predict, train
from stellarwh.learning.tasks import feasible
from stellarwh.learning.tasks.task import Target, Task, read_task
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse


@pytest.fixture
def partly(
    connection: duckdb.DuckDBPyConnection, few_trees: None
) -> duckdb.DuckDBPyConnection:
    """Return a task of 450 stars, the 200 labelled ones without the feature `empty`."""
    columns = toy(450)
    columns["label_y"] = [
        y if i < 200 else None for i, y in enumerate(columns["label_y"])
    ]
    columns["empty"] = [None if i < 200 else float(i) for i in range(450)]
    make_view(connection, "mine", columns)
    return connection


def test_a_feature_that_no_labelled_row_has_is_left_out(
    partly: duckdb.DuckDBPyConnection,
) -> None:
    (warning,) = train(partly, "mine", folds=3).warnings
    assert "left out, as they are NULL in every labelled row: empty." in warning
    features, parameters = partly.execute(
        "select features, parameters from ml.runs"
    ).fetchall()[0]
    assert "empty" not in features
    assert json.loads(parameters)["left_out"] == {"empty": "DOUBLE"}
    assert predict(partly, "mine") == 450
    # The training stars keep their held-out values, as nothing else has changed.
    kept = "select count(*) from ml.predictions where is_out_of_fold"
    assert partly.execute(kept).fetchall() == [(200,)]


def test_a_run_says_the_same_as_one_of_a_view_without_the_feature(
    partly: duckdb.DuckDBPyConnection,
) -> None:
    partly.execute(
        "create view features.without as select * exclude (empty) from features.mine"
    )
    values = []
    for task in ("mine", "without"):
        train(partly, task, folds=3)
        predict(partly, task)
        values.append(
            partly.execute(
                "select star_id, value, lower_90 from ml.predictions "
                "where run_id like ? || '-%' order by star_id",
                [task],
            ).fetchall()
        )
    assert values[0] == values[1]


def test_nothing_but_empty_features_is_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    none = pl.Series([None] * 120, dtype=pl.Float64)
    make_view(connection, "mine", toy(120) | {"a": none, "b": none})
    with pytest.raises(TaskError, match=r"Every feature of features\.mine is NULL"):
        train(connection, "mine")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("null::double", "no labelled rows"),
        ("case when star_id < 20 then star_id end::double", "labels; at least 50"),
        ("1.5", "the same wherever it is known"),
        ("'giant'", "the same wherever it is known"),
    ],
)
def test_a_task_without_labels_enough_is_named(
    connection: duckdb.DuckDBPyConnection, label: str, said: str
) -> None:
    connection.execute(
        f"create view features.mine as select *, {label} as label_y from (select i as "
        "star_id, i % 9 as healpix_group, i / 2 as x from range(200) as r(i))"
    )
    with pytest.raises(TaskError, match=said) as refused:
        check_task(connection, "mine")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("labels", [49, 50])
@pytest.mark.parametrize("different", [1, 2])
def test_fifty_labels_and_two_values_are_enough(
    connection: duckdb.DuckDBPyConnection, labels: int, different: int
) -> None:
    connection.execute(
        "create view features.mine as select i as star_id, i % 9 as healpix_group, "
        f"i / 2 as x, case when i < {labels} then i % {different} end as label_y "
        "from range(200) as r(i)"
    )
    if labels == 50 and different == 2:
        check_task(connection, "mine")
        return
    said = "has 49 labels; at least 50" if labels == 49 else "is the same wherever"
    with pytest.raises(TaskError, match=said):
        check_task(connection, "mine")


def test_labels_of_each_target_are_counted(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "create view features.mine as select i as star_id, i % 9 as healpix_group, "
        "i / 2 as x, if(i < 120, i % 7, null) as label_a, if(i > 5, 'k', null) as "
        "label_b, if(i >= 150, i, null) as label_c from range(200) as r(i)"
    )
    task = read_task(connection, "mine")
    counts = feasible._count_labels(connection, task, "star_id > 0")
    assert counts == [(119, 7), (194, 1), (50, 50)]
    # The first that lacks something is told of.
    assert "label_b of features.mine is the same" in feasible._lacks(task, counts)
    assert feasible._lacks(task, [(119, 7), (194, 2), (49, 49)]).startswith("label_c ")


@pytest.mark.parametrize("inside", [True, False])
def test_of_very_many_stars_those_in_the_middle_of_the_overlap_are_looked_at_first(
    connection: duckdb.DuckDBPyConnection, monkeypatch, inside: bool
) -> None:
    monkeypatch.setattr(feasible, "_MANY_STARS", 10_000)
    connection.execute(
        "create schema if not exists main; create table main.stars as "
        "select i as star_id, if(i >= 10000, 2, 1) as n_surveys "
        "from range(20000) as r(i)"
    )
    # From 48 to 50 per cent of the stars that two surveys have: 14800 to 15000.
    labelled = "between 14800 and 14849" if inside else "between 100 and 149"
    connection.execute(
        "create view features.mine as select i as star_id, i % 9 as healpix_group, "
        f"i / 2 as x, case when i {labelled} then i end as label_y "
        "from range(20000) as r(i)"
    )
    asked = []
    count = feasible._count_labels

    def spy(*arguments):
        asked.append((arguments[-1], count(*arguments)))
        return asked[-1][1]

    monkeypatch.setattr(feasible, "_count_labels", spy)
    check_task(connection, "mine")
    first = ("star_id between 14799 and 14999", [(50, 50)] if inside else [(0, 0)])
    assert asked == ([first] if inside else [first, ("true", [(50, 50)])])


def test_a_feature_of_one_labelled_row_is_kept() -> None:
    target = Target("y", "label_y", "number", None)
    task = Task("mine", ("a", "b", "c"), ("DOUBLE", "FLOAT", "INTEGER"), (target,), "")
    frame = pl.DataFrame(
        {"a": [1.0, None], "b": [None, None], "c": [None, 2.0], "label_y": [1.0, 2.0]},
        schema_overrides={"b": pl.Float64},
    )
    kept, left_out = feasible.without_empty_features(frame, task)
    assert (kept.features, kept.feature_types) == (("a", "c"), ("DOUBLE", "INTEGER"))
    assert left_out == {"b": "FLOAT"}
    assert feasible.without_empty_features(frame.head(0), task) == (task, {})


def test_every_task_is_checked_before_any_is_trained(
    few_trees: None, built_path: Path, warehouse_path: Path
) -> None:
    shutil.copy(built_path, warehouse_path)
    with open_warehouse(warehouse_path) as connection:
        make_view(connection, "zz_mine", toy(120))
        connection.execute(
            "insert into raw.apogee (APOGEE_ID) values ('2M00000000+0000000')"
        )
        build_views(connection)
    train_all = ["--warehouse", str(warehouse_path), "train", "--folds", "2"]
    result = CliRunner().invoke(app, train_all)
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    refused = [line for line in lines if "has no labelled rows" in line]
    assert len(refused) == 8
    assert all("Surveys here: apogee" in line for line in refused)
    of_spectra = [line for line in refused if "ingest-spectra" in line]
    assert [line.split()[1] for line in of_spectra] == [
        "features.apogee_from_lamost_indices"
    ]
    assert result.stdout.startswith("zz_mine: 120 labelled stars")
    # A task that is asked for must be possible, before another one is trained.
    both = CliRunner().invoke(app, [*train_all, "zz_mine", "spectral_type"])
    assert isinstance(both.exception, TaskError)
    assert both.stdout == ""
    # Training is no advice for a task that cannot be trained.
    predict_all = CliRunner().invoke(
        app, ["--warehouse", str(warehouse_path), "predict"]
    )
    assert [line for line in predict_all.stderr.splitlines() if "no lab" in line] == (
        refused
    )
    assert "was never trained" not in predict_all.stderr


@pytest.fixture
def wide_sky(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> duckdb.DuckDBPyConnection:
    """Return 10,000 stars, all of two surveys, which count as very many."""
    monkeypatch.setattr("stellarwh.learning.tasks.feasible._MANY_STARS", 10_000)
    connection.execute(
        "create table main.stars as select i as star_id, 2 as n_surveys "
        "from range(10_000) as t(i)"
    )
    return connection


def test_a_part_of_the_sky_with_labels_enough_is_all_that_is_read(
    wide_sky: duckdb.DuckDBPyConnection,
) -> None:
    wide_sky.execute(
        "create view features.mine as select star_id, star_id // 100 as healpix_group, "
        "random() as x, case when star_id between 4_000 and 6_000 then star_id else "
        "error('star ' || star_id || ' was read') end as label_y from main.stars"
    )
    check_task(wide_sky, "mine")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("case when star_id < 3_000 then star_id end", None),
        ("case when star_id < 30 then star_id end", "has 30 labels"),
        ("case when star_id between 4_000 and 5_000 then 7 end", "is the same"),
        ("case when star_id < 0 then star_id end", "has no labelled rows"),
    ],
)
def test_a_part_of_the_sky_without_labels_enough_decides_nothing(
    wide_sky: duckdb.DuckDBPyConnection, label: str, expected: str | None
) -> None:
    wide_sky.execute(
        "create view features.mine as select star_id, star_id // 100 as healpix_group, "
        f"random() as x, {label} as label_y from main.stars"
    )
    if expected is None:
        check_task(wide_sky, "mine")
    else:
        with pytest.raises(TaskError, match=expected):
            check_task(wide_sky, "mine")
