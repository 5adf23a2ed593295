"""No query of the generator is read, whatever its spelling."""

from random import Random

import duckdb
import pytest

from stellarwh.adql.names import tables_read
from stellarwh.adql.parse import parse
from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.errors import AdqlError
from tests.adql.hostile import hostile, wrapped

COLUMNS = (Column("ra", "DOUBLE"), Column("dec", "DOUBLE"))
TABLES = Tables([Table("main", "stars", COLUMNS), Table("raw", "apogee", COLUMNS)])


def let_through(queries):
    """Return those that are ADQL and read tables that are there."""
    through = []
    for query in queries:
        try:
            tables_read(parse(query), TABLES)
        except AdqlError as error:
            message = str(error)
        else:
            through.append(query)
            continue
        assert message.isprintable(), query
        assert len(message) < 600, query
    return through


def test_no_hostile_query_is_let_through():
    assert let_through(hostile(seed=1, n=10_000)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_none_of_many_hostile_queries_is_let_through(seed):
    assert let_through(hostile(seed, n=100_000)) == []


def test_what_stands_around_the_stings_is_adql():
    rng = Random(0)
    queries = ["select ra from stars"] * 200
    for _ in range(3):
        queries = [wrapped(rng, query) for query in queries]
    assert let_through(queries) == queries


def test_duckdb_would_take_many_of_them():
    queries = list(hostile(seed=1, n=1_000))
    assert len(set(queries)) > 900
    taken = 0
    with duckdb.connect() as connection:  # noqa: TID251 - it only reads texts
        for query in queries:
            try:
                taken += bool(connection.extract_statements(query))
            except duckdb.Error:
                continue
    assert taken > 300
