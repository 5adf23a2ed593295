"""A connection with the macros of the sky, shared by its tests."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from stellarwh.warehouse.objects import create_macros, create_tables


@pytest.fixture(scope="session")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection in memory with every macro; tests share its tables."""
    with duckdb.connect() as connection:  # noqa: TID251 - needs no warehouse
        create_tables(connection)
        create_macros(connection)
        yield connection


@pytest.fixture
def rng() -> np.random.Generator:
    """Return the same random numbers for every test."""
    return np.random.default_rng(20260101)
