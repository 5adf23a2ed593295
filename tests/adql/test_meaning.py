"""The tree means what the text says: DuckDB finds the same from either."""

from random import Random

import duckdb
import pytest

from stellarwh.adql.parse import parse


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - tables of its own
        opened.execute("create table one as select 1 as x")
        for name, low in (("a", 0), ("b", 2), ("c", 3), ("d", 4)):
            opened.execute(
                f"create table {name} as "
                f"select x from range({low}, 6) as r (x), range(2)"
            )
        yield opened


def value(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(("1", "2", "3", "0.5", "x", "-2", "+3"))
    left, right = value(rng, depth - 1), value(rng, depth - 1)
    return rng.choice(
        (
            f"{left} + {right}",
            f"{left} - {right}",
            f"{left}*{right}",
            f"{left} / 4",
            f"({left})",
            f"-({left})",
            f"({left} - {right})",
        )
    )


def condition(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        left, right = value(rng, 2), value(rng, 2)
        return rng.choice(
            (
                f"{left} < {right}",
                f"{left} <> {right}",
                f"{left} >= {right}",
                f"{left} between {right} and 2",
                f"{left} not between 0 and {right}",
                f"{left} in (1, {right})",
                f"x not in (1, {right})",
                "x is not null",
            )
        )
    left, right = condition(rng, depth - 1), condition(rng, depth - 1)
    return rng.choice(
        (
            f"{left} and {right}",
            f"{left} or {right}",
            f"not ({left})",
            f"({left} or {right})",
            f"not {condition(rng, 0)} and {right}",
        )
    )


def united(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return f"select x from {rng.choice('abcd')}"
    left, right = united(rng, depth - 1), united(rng, depth - 1)
    kind = rng.choice(("union", "except", "intersect"))
    kept = rng.choice(("", " all"))
    return rng.choice(
        (f"{left} {kind}{kept} {right}", f"({left}) {kind}{kept} ({right})")
    )


def same(connection, query):
    found = connection.execute(parse(query).sql("duckdb")).fetchall()
    expected = connection.execute(query).fetchall()
    assert sorted(map(repr, found)) == sorted(map(repr, expected)), query


@pytest.mark.parametrize("seed", range(4))
def test_values_and_conditions(connection, seed):
    rng = Random(seed)
    values = ", ".join(f"{value(rng, 4)} as v{i}" for i in range(50))
    same(connection, f"select {values} from one")
    for _ in range(25):
        same(connection, f"select x from a where {condition(rng, 3)}")


def test_set_operations(connection):
    rng = Random(0)
    for _ in range(100):
        same(connection, united(rng, 3))


@pytest.mark.parametrize(
    "query",
    [
        "select a.x, b.x from a left join b on a.x = b.x join c on c.x = a.x",
        "select a.x, c.x from a left join b join c on b.x = c.x on a.x = b.x",
        "select a.x, c.x from a left join (b join c on b.x = c.x) on a.x = b.x",
        "select x from (a join b using (x)) left join c using (x)",
        "select x from a natural full outer join b",
        "select a.x, d.x from a, b right join c using (x), d where a.x = d.x",
        "select x, count(*) as n from a group by x having count(*) > 1 order by 1 desc",
        "with q as (select x from a union select x from b) select q.x from q, one",
        "select 'it''s' || 1 || x as t from a where x not in (select x from b)",
        "select x from a where exists (select * from b where b.x = a.x)",
        'select q."X y" as z from (select x as "X y" from a) as q',
    ],
)
def test_queries(connection, query):
    same(connection, query)
