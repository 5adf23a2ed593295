"""Cases know each column of what they are about, and from every other one."""

import itertools
from collections import defaultdict

import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse.sql_files import read_sql_files
from tests.sql.cases import CASES

# Build writes it anew of what was ingested: tests/warehouse/test_declared.py.
WRITTEN = "staging.own_columns"
SHOWN = ("staging", "matching", "scales", "marts", "features")
OBJECTS = [
    file
    for file in read_sql_files(content_dir("sql"))
    if file.path.parent.name in SHOWN
    and file.kind in ("view", "table")
    and file.qualified_name != WRITTEN
]
# Numbers that DuckDB makes, which may be others in its next version.
HASHES = {"id_hash", "fingerprint"}


def expected_of(file):
    """Return the rows that the cases of an object expect, of its own columns."""
    about = (file.path.parent.name, file.path.stem)
    return [
        row
        for case in CASES
        if case.about == about and "query" not in case.content
        for row in case.content["expect"]
    ]


def columns_of(connection, file):
    described = connection.execute(f"describe {file.qualified_name}").fetchall()
    return {name: kind for name, kind, *_ in described if name not in HASHES}


@pytest.mark.parametrize("file", OBJECTS, ids=[f.qualified_name for f in OBJECTS])
def test_every_column_has_a_value_in_some_case(file, built):
    rows = expected_of(file)
    known = {name for row in rows for name, value in row.items() if value != "NULL"}
    assert sorted(set(columns_of(built, file)) - known) == []


@pytest.mark.parametrize("file", OBJECTS, ids=[f.qualified_name for f in OBJECTS])
def test_no_two_columns_are_alike_in_all_cases(file, built):
    """So that a view that takes one for the other fails."""
    alike = defaultdict(list)
    for name, kind in columns_of(built, file).items():
        alike[kind].append(name)
    rows = expected_of(file)
    mistaken = [
        (a, b)
        for names in alike.values()
        for a, b in itertools.combinations(names, 2)
        if not any(a in row and b in row and row[a] != row[b] for row in rows)
    ]
    assert mistaken == []
