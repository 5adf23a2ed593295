"""A small built warehouse, and how checks find faults one scan at a time."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.ingest import ingest_survey
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.simulate import simulate
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.sql_files import read_sql_files

SURVEYS = ("apogee", "galah", "lamost")


@pytest.fixture(scope="session")
def small_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built warehouse of few simulated stars; not to be written to."""
    folder = tmp_path_factory.mktemp("small")
    files = simulate(folder, stars=400, seed=3)
    path = folder / "small.duckdb"
    with open_warehouse(path) as connection:
        for survey in SURVEYS:
            ingest_survey(connection, survey, files[survey])
        build_views(connection)
    return path


@pytest.fixture
def small(small_path: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a copy of it that may be written to."""
    with open_warehouse(Path(shutil.copy(small_path, tmp_path))) as connection:
        yield connection


@pytest.fixture(scope="session")
def small_key(
    small_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a copy whose every change must be rolled back."""
    path = Path(shutil.copy(small_path, tmp_path_factory.mktemp("keys")))
    with open_warehouse(path) as connection:
        yield connection


def as_table(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Put a table of its rows in the place of a view, so that rows can be planted."""
    table = quote_table(name)
    is_view = connection.execute(
        "select 1 from duckdb_views() where schema_name || '.' || view_name = ?", [name]
    ).fetchall()
    if is_view:
        connection.execute(f"create temp table kept as from {table}")
        connection.execute(f"drop view {table}")
        connection.execute(f"create table {table} as from kept")
        connection.execute("drop table kept")
    return table


@pytest.fixture(scope="session")
def one_by_one() -> Callable[[duckdb.DuckDBPyConnection], dict[str, int]]:
    """Return a function that counts what breaks each check, each on its own."""

    def count(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        found = {}
        for path in (content_dir("sql") / "checks").glob("*.sql"):
            rows = connection.execute(path.read_text(encoding="utf-8")).fetchall()
            found[path.stem] = len(rows)
        for file in read_sql_files(content_dir("sql")):
            if file.kind in ("view", "table"):
                key = ", ".join(map(quote_identifier, file.key))
                (n,) = connection.execute(
                    f"select count(*) from (select {key} from "
                    f"{quote_table(file.qualified_name)} "
                    "group by all having count(*) > 1)"
                ).fetchone()
                found[f"key_of_{file.schema}_{file.name}"] = n
        return found

    return count
