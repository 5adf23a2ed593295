"""When others see what `train` and `predict` have done, and when that is said."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import stellarwh
from stellarwh.cli import app
from stellarwh.warehouse import database
from stellarwh.warehouse.database import open_warehouse
from tests.learning.views import make_view, toy

TRAIN = ["train", "--estimator", "ridge", "--folds", "2"]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Return a warehouse with tasks ``first``, ``second`` and, infinite, ``third``."""
    path = tmp_path / "stellar.duckdb"
    with open_warehouse(path) as connection:
        for name in ("first", "second"):
            make_view(connection, name, toy(300))
        make_view(connection, "third", toy(300) | {"a": [float("inf")] * 300})
    return path


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each publication before the last state."""
    found: list[int] = []
    real = database.publish

    def publish(connection: duckdb.DuckDBPyConnection) -> None:
        real(connection)
        found.append(len(found))

    monkeypatch.setattr("stellarwh.warehouse.database.publish", publish)
    return found


def runs(path: Path) -> list[str]:
    with open_warehouse(path, read_only=True) as connection:
        rows = connection.execute("select task from ml.runs order by created_at")
        return [row[0] for row in rows.fetchall()]


def test_quick_tasks_are_shown_with_the_last_one(warehouse, published, monkeypatch):
    monkeypatch.setattr("stellarwh.api.stored._SECONDS_PER_GB", 1e9)
    options = ["--warehouse", str(warehouse), "first", "second"]
    done = CliRunner().invoke(app, [*TRAIN, *options])
    assert (done.exit_code, published) == (0, [])
    assert done.stdout.index("first: 300 lab") < done.stdout.index("second: 300 lab")
    assert runs(warehouse) == ["first", "second"]
    done = CliRunner().invoke(app, ["predict", *options])
    assert (done.exit_code, published) == (0, [])
    assert "second: 300 predictions" in done.stdout


def test_long_tasks_are_shown_one_by_one(warehouse, published, monkeypatch):
    monkeypatch.setattr("stellarwh.api.stored._SECONDS_PER_GB", 0.0)
    options = ["--warehouse", str(warehouse), "first", "second"]
    assert CliRunner().invoke(app, [*TRAIN, *options]).exit_code == 0
    assert published == [0, 1]


def test_what_was_done_before_a_failure_stays_and_is_said(warehouse, monkeypatch):
    monkeypatch.setattr("stellarwh.api.stored._SECONDS_PER_GB", 1e9)
    options = ["--warehouse", str(warehouse), "first", "third"]
    done = CliRunner().invoke(app, [*TRAIN, *options])
    assert "infinite" in str(done.exception)
    assert "first: 300 labelled" in done.stdout
    assert runs(warehouse) == ["first"]


def test_nothing_is_said_of_what_cannot_be_stored(warehouse, monkeypatch):
    def fail(copy: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stellarwh.api.stored._SECONDS_PER_GB", 1e9)
    monkeypatch.setattr(
        "stellarwh.warehouse.files.working_copy.WorkingCopy.finish", fail
    )
    options = ["--warehouse", str(warehouse), "first"]
    done = CliRunner().invoke(app, [*TRAIN, *options])
    assert done.exception is not None
    assert "first: 300 labelled" not in done.output
    assert runs(warehouse) == []


@pytest.mark.parametrize("seconds_per_gb", [0.0, 1e9])
def test_no_later_error_undoes_runs_and_what_was_before(
    warehouse, monkeypatch, seconds_per_gb
):
    monkeypatch.setattr("stellarwh.api.stored._SECONDS_PER_GB", seconds_per_gb)

    def fail_after_training():
        with stellarwh.open(warehouse, write=True) as wh:
            wh.connection.execute("create table raw.before as select 1 as a")
            told = []
            wh.train("first", "second", estimator="ridge", folds=2, each=told.append)
            assert [result.task for result in told] == ["first", "second"]
            wh.connection.execute("create table raw.after as select 1 as a")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail_after_training()
    assert runs(warehouse) == ["first", "second"]
    with open_warehouse(warehouse, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() "
            "where table_name in ('before', 'after')"
        ).fetchall()
    assert tables == [("before",)]
