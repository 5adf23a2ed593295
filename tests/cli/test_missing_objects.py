"""Views and tables of ours that are missing, or are others: one line, no traceback."""

import random
import shutil
import sys
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from stellarwh.cli import main
from stellarwh.learning import predict, train
from stellarwh.learning.estimators.registry import ESTIMATORS
from stellarwh.warehouse import shapes
from stellarwh.warehouse.database import open_warehouse

COMMANDS = {
    "status": ("status",),
    "check": ("check",),
    "report": ("report", "--out", "pages"),
    "train": ("train", "mine", "--folds", "2", "--estimator", "ridge"),
    "predict": ("predict", "mine"),
    "export": ("export", "main.predictions", "out.fits", "--overwrite"),
    "match": ("match", "raw.apogee", "raw.galah"),
    "query": ("query", "from main.predictions"),
}
DAMAGES = ("drop", "rename a column", "other columns", "texts", "nothing but NULL")
CASES = 16


@pytest.fixture(scope="module")
def whole(built_path, tmp_path_factory) -> Path:
    """Return a built warehouse with a run of a task."""
    path = Path(shutil.copy(built_path, tmp_path_factory.mktemp("whole")))
    rng = np.random.default_rng(0)
    a = rng.normal(size=120)
    columns = {
        "star_id": np.arange(120), "a": a, "b": rng.normal(size=120),
        "label_y": a + rng.normal(0, 0.1, 120), "healpix_group": np.arange(120) % 12,
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, open_warehouse(path) as connection:
        connection.register("given", pl.DataFrame(columns).to_arrow())
        connection.execute("create table raw.mine as from given")
        connection.execute("create view features.mine as from raw.mine")
        make = ESTIMATORS["xgboost"]
        patch.setitem(
            ESTIMATORS, "xgboost", lambda *o: make(*o).set_params(n_estimators=5)
        )
        train(connection, "mine", folds=2)
        predict(connection, "mine")
    return path


@pytest.fixture
def command(whole, tmp_path, monkeypatch, capfd):
    """Return a function that runs a command on a copy that some SQL has changed."""
    path = Path(shutil.copy(whole, tmp_path / "stellar.duckdb"))
    monkeypatch.chdir(tmp_path)

    def run(sql: str, name: str) -> tuple[int, str]:
        with duckdb.connect(str(path)) as connection:  # noqa: TID251 - by hand
            connection.execute(sql)
        line = ["stellarwh", "--warehouse", str(path), *COMMANDS[name]]
        monkeypatch.setattr(sys, "argv", line)
        capfd.readouterr()
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0), capfd.readouterr().err
        return 0, capfd.readouterr().err

    return run


def damages(whole: Path) -> list[tuple[str, str, str]]:
    """Return object, damage and the SQL that does it, for all that is ours."""
    with duckdb.connect(str(whole), read_only=True) as connection:  # noqa: TID251
        rows = connection.execute(
            "select c.schema_name, c.table_name, v.view_name is not null, "
            "list(c.column_name order by c.column_index) from duckdb_columns() as c "
            "left join duckdb_views() as v on c.schema_name = v.schema_name "
            "and c.table_name = v.view_name where not c.internal "
            "and c.schema_name <> 'raw' group by all order by all"
        ).fetchall()
    rng = random.Random(1)
    found = []
    for schema, table, is_view, columns in rows:
        kind = "view" if is_view else "table"
        name = f'"{schema}"."{table}"'
        renamed = rng.choice(columns)
        texts, nulls, moved = (
            ", ".join(
                f'{value} as "{column}{"_was" if move and column == renamed else ""}"'
                for column in columns
            )
            for value, move in (("'text'", False), ("null", False), ("null", True))
        )
        drop = f"drop {kind} {name} cascade"
        make = f"{drop}; create {kind} {name} as select"
        sql = {
            "drop": drop,
            "rename a column": f"{make} {moved} from range(3)",
            "other columns": f"{make} 1 as other",
            "texts": f"{make} {texts} from range(3)",
            "nothing but NULL": f"{make} {nulls} from range(3)",
        }
        found += [(f"{schema}.{table}", damage, sql[damage]) for damage in DAMAGES]
    return found


@pytest.mark.parametrize("number", range(CASES))
def test_whatever_is_not_ours_any_more_is_one_line(whole, command, number):
    rng = random.Random(number)
    name, damage, sql = rng.choice(damages(whole))
    asked = rng.choice(list(COMMANDS))
    status, said = command(sql, asked)
    case = f"{name}: {damage}: {asked}: {said}"
    assert status in (0, 1), case
    assert "Traceback" not in said, case
    if status:
        errors = [line for line in said.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, case
        assert said.splitlines()[-1] == errors[0], case


@pytest.mark.parametrize(
    ("sql", "asked", "found"),
    [
        (
            "alter table ml.runs alter created_at type varchar",
            "status",
            "ml.runs of this warehouse has a column created_at of type VARCHAR, not "
            "TIMESTAMP; another version made it",
        ),
        (
            "alter table meta.ingests drop rows",
            "status",
            "meta.ingests of this warehouse has no column rows",
        ),
        (
            "drop table main.stars cascade; create table main.stars as select 1 as a",
            "check",
            "main.stars of this warehouse has no column star_id; run 'stellarwh build'",
        ),
        (
            "drop view main.run_provenance; create view main.run_provenance as "
            "select run_id, 1 as is_stale from ml.runs",
            "status",
            "main.run_provenance of this warehouse has no column",
        ),
        (
            "alter table ml.runs rename column task to tsk",
            "report",
            "ml.runs of this warehouse has no column task; another version made it",
        ),
        (
            "drop view main.measurements",
            "report",
            "main.measurements of this warehouse is missing; run 'stellarwh build'",
        ),
        (
            "drop view main.predictions",
            "export",
            "Run 'stellarwh build', which makes it",
        ),
    ],
)
def test_the_first_object_that_is_not_ours_is_named(command, sql, asked, found):
    status, said = command(sql, asked)
    assert status == 1, said
    assert found in said
    assert said.count("\n") == 1


def test_a_warehouse_without_rows_has_nothing_to_check(command):
    """Its 55 checks passed once, as no row broke them."""
    status, said = command("select 1", "check")
    assert status == 1
    assert "nothing to check" in said
    assert said.count("\n") == 1


def test_the_version_that_made_a_warehouse_is_named(command):
    _, said = command(
        "update meta.builds set version = '9.9'; alter table ml.runs drop task",
        "status",
    )
    assert "stellarwh 9.9 made it, and this is" in said


def test_a_whole_warehouse_has_no_difference(whole):
    assert shapes.first_difference(whole) is None


def test_an_error_of_ours_stays_what_it_is(whole, command):
    _, said = command("select 1", "match")
    assert "of this warehouse" not in said


def test_views_are_exported_from_a_file_that_is_open_for_reading(command):
    """A relation's own view would be made in the file."""
    status, said = command("select 1", "export")
    assert status == 0, said
