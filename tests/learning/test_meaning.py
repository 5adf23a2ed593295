"""Two views mean the same, however they are spelt."""

import duckdb
import pytest

from stellarwh.learning.tasks.meaning import means_the_same

VIEW = "create view features.mine as select a, b + 1 as c from t where x > 2;"
SAME = [
    "CREATE OR REPLACE VIEW features.mine AS SELECT a, (b + 1) AS c FROM t WHERE x > 2",
    'create view if not exists "other name"."mi""ne" as\nselect a,\n  b+1 as c '
    "from t where (x>2)",
]
OTHERS = [
    "create view features.mine as select a, b + 2 as c from t where x > 2",
    "create view features.mine as select a, b + 1 as d from t where x > 2",
    "create view features.mine as select b + 1 as c, a from t where x > 2",
    "create view features.mine as select a, b + 1 as c from t where x >= 2",
    "create view features.mine (a, c) as select a, b + 1 as c from t where x > 2",
    "create view features.mine as from t",
]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - nothing is run
        yield opened


@pytest.mark.parametrize("other", [VIEW, *SAME])
def test_blanks_brackets_and_the_name_do_not_count(connection, other):
    assert means_the_same(connection, VIEW, other)


@pytest.mark.parametrize("other", OTHERS)
def test_values_names_and_order_do(connection, other):
    assert not means_the_same(connection, VIEW, other)


def test_names_of_columns_are_compared_without_case_and_blanks(connection):
    one = 'create view v (a, "B") as select 1, 2'
    assert means_the_same(connection, one, 'create view w ( A,"b" ) as select 1, 2')
    assert not means_the_same(connection, one, "create view v (b, a) as select 1, 2")


def test_what_is_no_view_or_no_sql_is_compared_by_its_words(connection):
    assert means_the_same(connection, "from  a", "from a")
    assert not means_the_same(connection, "from a", "from b")
    broken = "create view v as select from where {}"
    assert means_the_same(connection, broken.format("1"), broken.format(" 1"))
    assert not means_the_same(connection, broken.format("1"), broken.format("2"))
