"""Fixtures of the tests of sql/: one build, copied for every test that writes."""

import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.sql_files import SqlFile, read_sql_files


@pytest.fixture(scope="session")
def sql_files() -> list[SqlFile]:
    """Return every macro and view, in dependency order."""
    return read_sql_files(content_dir("sql"))


@pytest.fixture(scope="session")
def built(
    built_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a copy of the empty warehouse that only reads."""
    # It stays open to the end: the file itself could not be opened otherwise.
    copy = shutil.copy(built_path, tmp_path_factory.mktemp("read") / "stellar.duckdb")
    with open_warehouse(copy, read_only=True) as connection:
        yield connection


@pytest.fixture
def warehouse(built_path: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to a copy of the empty warehouse."""
    copy = shutil.copy(built_path, tmp_path / "copy.duckdb")
    # not open_warehouse: the copy is set up already, and there are many of them
    with duckdb.connect(copy) as connection:  # noqa: TID251
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture
def remake_tables(
    warehouse: duckdb.DuckDBPyConnection, sql_files: list[SqlFile]
) -> Callable[..., None]:
    """Return a function that makes the stored tables anew, as ``build`` does.

    It leaves out those that are ``given``, and those that come after ``until``.
    """

    def remake(given: Collection[str] = (), until: SqlFile | None = None) -> None:
        for file in sql_files:
            if file.kind == "table" and file.qualified_name not in given:
                warehouse.execute(file.sql)
            if file is until:
                break

    return remake
