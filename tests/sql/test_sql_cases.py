"""Every case of ``tests/sql`` (see ``cases.py``) gives the rows that it expects."""

import pytest

from tests.sql.cases import CASES, Sql, failure_of, read_checks


@pytest.fixture(scope="session")
def sql(sql_files):
    return Sql(sql_files, read_checks())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_rows_in_rows_out(case, warehouse, sql):
    assert case.content["says"]
    assert failure_of(warehouse, case, sql) is None


@pytest.fixture(scope="session")
def objects(sql_files):
    return {("checks", name) for name in read_checks()} | {
        (file.path.parent.name, file.path.stem) for file in sql_files
    }


def test_every_object_and_check_has_a_case(objects):
    assert sorted(objects - {case.about for case in CASES}) == []


def test_every_case_is_about_something_that_exists(objects):
    assert sorted({case.about for case in CASES} - objects) == []
