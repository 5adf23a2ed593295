"""The tables that a query names are looked up, and no others are read."""

import pytest

from stellarwh.adql.names import tables_read
from stellarwh.adql.parse import parse
from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.errors import AdqlError

COLUMNS = (Column("ra", "DOUBLE"), Column("dec", "DOUBLE"))
TABLES = Tables(
    [
        Table("main", "stars", COLUMNS),
        Table("raw", "apogee", COLUMNS),
        Table("tap_upload", "mine", COLUMNS),
    ]
)


def read(query):
    return [f"{t.schema}.{t.name}" for t in tables_read(parse(query), TABLES)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select ra from stars", ["main.stars"]),
        ("select ra from MAIN.Stars as s, stars as t", ["main.stars"]),
        (
            "select ra from stars where ra in (select ra from raw.apogee)",
            ["main.stars", "raw.apogee"],
        ),
        (
            "select 1 from (stars join (select 2 from tap_upload.mine) q using (x))",
            ["main.stars", "tap_upload.mine"],
        ),
        ("with q as (select ra from stars) select ra from q as r", ["main.stars"]),
        (
            "with q as (select ra from stars), r as (select * from Q) select ra from r",
            ["main.stars"],
        ),
        # It does not see itself, so this is the table.
        ("with stars as (select ra from stars) select ra from stars", ["main.stars"]),
        (
            "select 1 from stars union select 2 from raw.apogee",
            ["main.stars", "raw.apogee"],
        ),
    ],
)
def test_tables_are_found_by_their_names(query, expected):
    assert read(query) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select ra from star", "There is no table star .* Did you mean 'stars'"),
        ("select ra from apogee", "Did you mean 'raw.apogee'"),
        ('select ra from "data/x.csv"', "There is no table data/x.csv"),
        ("select ra from memory.main.stars", "There is no table memory.main.stars"),
        (
            "with q as (select ra from r), r as (select ra from stars) select 1 from q",
            "table r ",
        ),
        ("with q as (select ra from stars) select ra from main.q", "table main.q "),
        ("select ra from stars where exists (select * from duckdb_tables)", "no table"),
    ],
)
def test_a_table_that_is_not_there_is_refused(query, words):
    with pytest.raises(AdqlError, match=words):
        read(query)
