"""Why values are NULL in a raw table, and which staging will make NULL."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.quoting import quote_identifier
from stellarwh.surveys.description import Sentinel

_FLOATS = ("FLOAT", "DOUBLE")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def write_null_audit(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    raw_counts: Sequence[tuple[str, str, int]],
    staging_counts: Sequence[tuple[str, str, int]],
) -> None:
    """Write why values are NULL in raw, and which staging will make NULL."""
    connection.execute("delete from meta.null_audit where survey = ?", [name])
    for layer, counts in (("raw", raw_counts), ("staging", staging_counts)):
        columns, rules, numbers = ([row[i] for row in counts] for i in range(3))
        connection.execute(
            "insert into meta.null_audit (survey, column_name, rule, n, layer) "
            "select ?, unnest(?::varchar[]), unnest(?::varchar[]), "
            "unnest(?::bigint[]), ?",
            [name, columns, rules, numbers, layer],
        )


def add_null_audit(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    raw_counts: Sequence[tuple[str, str, int]],
    staging_counts: Sequence[tuple[str, str, int]],
) -> None:
    """Add the NULLs of appended rows; the sentinels are those of the whole table."""
    held = connection.execute(
        "select column_name, rule, n from meta.null_audit "
        "where survey = ? and layer = 'raw'",
        [name],
    ).fetchall()
    counts: Counter[tuple[str, str]] = Counter()
    for column, rule, count in (*held, *raw_counts):
        counts[column, rule] += count
    summed = [(column, rule, count) for (column, rule), count in counts.items()]
    write_null_audit(connection, name, summed, staging_counts)


def count_sentinels(
    connection: duckdb.DuckDBPyConnection, table: str, sentinels: Sequence[Sentinel]
) -> list[tuple[str, str, int]]:
    """Return (column, rule, count) of NaN and declared sentinels in a raw table."""
    numeric = {
        name: kind
        for name, kind in connection.execute(
            f"select column_name, column_type from (describe {table})"  # noqa: S608 - quoted identifier
        ).fetchall()
        if kind in _FLOATS + _INTEGERS
    }
    ranges = _ranges(connection, table, numeric)
    rules = [
        rule
        for name, kind in numeric.items()
        for rule in _rules(name, kind, sentinels)
        if rule.is_possible(*ranges[name])
    ]
    if not rules:
        return []
    counts = ", ".join(f"count_if({rule.test})" for rule in rules)
    row = connection.execute(f"select {counts} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return [
        (rule.column, rule.name, count)
        for rule, count in zip(rules, row, strict=True)
        if count
    ]


@dataclass(frozen=True)
class _Rule:
    """A test for values that mean "missing", and between which limits they lie."""

    column: str
    name: str
    test: str
    low: float
    high: float

    def is_possible(self, smallest: float | None, largest: float | None) -> bool:
        """Say whether a column of this range may hold such values."""
        if smallest is None or largest is None:
            return False
        if math.isnan(self.low):
            return math.isnan(largest)
        # NaN is the largest value to DuckDB: below it the range is then unknown.
        top = math.inf if math.isnan(largest) else largest
        return math.isnan(smallest) or (self.low <= top and self.high >= smallest)


def _ranges(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Collection[str]
) -> dict[str, tuple[float | None, float | None]]:
    """Return the smallest and largest value of each column; far cheaper than rules."""
    if not columns:
        return {}
    names = [quote_identifier(name) for name in columns]
    limits = ", ".join(f"min({name}), max({name})" for name in names)
    row = connection.execute(f"select {limits} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return dict(zip(columns, zip(row[::2], row[1::2], strict=True), strict=True))


def _rules(name: str, kind: str, sentinels: Sequence[Sentinel]) -> list[_Rule]:
    column = quote_identifier(name)
    rules = []
    if kind in _FLOATS:
        rules.append(_Rule(name, "NaN", f"isnan({column})", math.nan, math.nan))
    for sentinel in sentinels:
        if not sentinel.covers(name):
            continue
        # Compared in the column's own type: a float is not equal to its decimal text,
        # but lies within its rounding.
        rules += [
            _Rule(
                name,
                f"= {value:g}",
                f"{column} = {value!r}::{kind}",
                value - 1e-6 * abs(value),
                value + 1e-6 * abs(value),
            )
            for value in sentinel.values
        ]
        if (below := sentinel.below) is not None:
            test = f"{column} < {below!r}"
            rules.append(_Rule(name, f"< {below:g}", test, -math.inf, below))
        if (above := sentinel.above) is not None:
            test = f"{column} > {above!r} and not isnan({column}::double)"
            rules.append(_Rule(name, f"> {above:g}", test, above, math.inf))
    return rules
