"""A connection with the macros of the sky, shared by its tests."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from stellarwh.content import content_dir
from stellarwh.database import create_macros


@pytest.fixture(scope="session")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection in memory with every macro; tests share its tables."""
    with duckdb.connect() as connection:  # noqa: TID251 - needs no warehouse
        connection.execute("create schema meta")
        flag_bits = content_dir("sql") / "tables" / "meta_flag_bits.sql"
        connection.execute(flag_bits.read_text(encoding="utf-8"))
        create_macros(connection)
        yield connection


@pytest.fixture
def rng() -> np.random.Generator:
    """Return the same random numbers for every test."""
    return np.random.default_rng(20260101)
