"""Second and third stage: the cells of the catalogues, and which became NULL."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent

import duckdb

from stellarwh.explain.asking import (
    Row,
    filled,
    identifier,
    listed,
    literal,
    rows_of,
    select,
    shown,
    subquery,
)
from stellarwh.explain.explanation import Stage, Step
from stellarwh.explain.staged import Rule, Staged
from stellarwh.quoting import quote_identifier, quote_text

_LIMITS = re.compile(r"null_beyond\(.*?, (-?[\d.]+), (-?[\d.]+)\)")
_MEASURED = (
    "survey", "source_id", "survey_star_id", "healpix", "snr", "is_best", "is_clean",
    "quality_flags", "rejection_reasons",
)  # fmt: skip


@dataclass(frozen=True)
class RawRow:
    """A catalogue row of the star.

    Attributes
    ----------
    measured : dict
        What ``main.measurements`` says of it.
    staged : Staged
        The view that it comes through.
    where : tuple of str or None
        Conditions that only its row in the raw table meets; None where it is not found.
    """

    measured: Row
    staged: Staged
    where: tuple[str, ...] | None

    @property
    def survey(self) -> str:
        """Its survey."""
        return str(self.measured["survey"])

    @property
    def name(self) -> str:
        """Survey and id."""
        return f"{self.survey} {self.measured['source_id']}"

    @property
    def table(self) -> str:
        """Its raw table."""
        return f"raw.{identifier(self.survey)}"

    def here(self, star_id: int) -> list[str]:
        """Return what finds it in the views of ``main``."""
        return [
            f"star_id = {star_id}",
            f"survey = {quote_text(self.survey)}",
            f"source_id = {quote_text(self.measured['source_id'])}",
        ]


def read_rows(
    connection: duckdb.DuckDBPyConnection, star_id: int, staged: dict[str, Staged]
) -> list[RawRow]:
    """Return the star's rows in all catalogues, each survey's best one first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    star_id : int
        Of the star.
    staged : dict
        The views of the surveys that were looked at; filled here.
    """
    sql = select(
        list(_MEASURED),
        "main.measurements",
        [f"star_id = {star_id}"],
        ["survey_rank(survey)", "survey", "is_best desc", "source_id"],
    )
    rows = rows_of(connection, sql)
    found = []
    for survey in dict.fromkeys(row["survey"] for row in rows):
        own = [row for row in rows if row["survey"] == survey]
        staged[survey] = view = Staged(connection, survey)
        places = view.places(
            [row["source_id"] for row in own],
            {row["healpix"] for row in own if row["healpix"] is not None},
        )
        for row in own:
            place = places.get(row["source_id"])
            where = None if place is None else _where(connection, view, place)
            found.append(RawRow(row, view, where))
    return found


def _where(
    connection: duckdb.DuckDBPyConnection, staged: Staged, place: int
) -> tuple[str, ...]:
    """Return conditions that one row of a raw table meets: ids, or its number."""
    table = f"raw.{quote_identifier(staged.survey)}"
    conditions = []
    if columns := staged.id_columns():
        (row,) = rows_of(
            connection,
            select([quote_identifier(c) for c in columns], table, [f"rowid = {place}"]),
        )
        for column in columns:
            try:
                value = literal(row[column])
            except TypeError:
                continue
            is_null = row[column] is None
            name = identifier(column.lower())
            conditions.append(f"{name} is null" if is_null else f"{name} = {value}")
    for some in [*([one] for one in conditions), conditions]:
        asked = select(["count(*) as n"], table, some)
        if some and rows_of(connection, asked)[0]["n"] == 1:
            return tuple(some)
    return (f"rowid = {place}",)


def tell_raw(
    connection: duckdb.DuckDBPyConnection,
    star_id: int,
    rows: Sequence[RawRow],
    quantities: Sequence[str],
) -> Stage:
    """Return the cells that each quantity is made of, flags and what rejects."""
    steps: list[Step] = []
    for row in rows:
        steps.append(_judged(connection, star_id, row))
        steps.append(_cells(connection, row, quantities))
    return Stage("raw", "What the catalogues say, flags, rejections", tuple(steps))


def _judged(connection: duckdb.DuckDBPyConnection, star_id: int, row: RawRow) -> Step:
    sql = select(
        ["snr", "quality_flags", "rejection_reasons", "is_clean", "is_best"],
        "main.measurements",
        row.here(star_id),
    )
    (found,) = rows_of(connection, sql)
    best = "stands for the star" if found["is_best"] else "a further row of the star"
    verdict = "clean" if found["is_clean"] else "rejected"
    lines = [f"{row.name}: S/N {shown(found['snr'], 4)}, {verdict}, {best}"]
    for words, names in (
        ("flags:", found["quality_flags"]),
        ("rejected for:", found["rejection_reasons"]),
    ):
        if names:
            lines += filled(f"  {words}", listed(names))
    return Step(tuple(lines), sql, (found,))


def _rules(row: RawRow, quantity: str) -> list[tuple[str, Rule]]:
    """Return the rules of a quantity and its error that can be told."""
    return [
        (column, rule)
        for column in (quantity, f"{quantity}_err")
        if (rule := row.staged.rule(column)) is not None
    ]


def _cells(
    connection: duckdb.DuckDBPyConnection, row: RawRow, quantities: Sequence[str]
) -> Step:
    told = {quantity: _rules(row, quantity) for quantity in quantities}
    columns = list(dict.fromkeys(c for rules in told.values() for c in _columns(rules)))
    if row.where is None or not columns:
        return _staged(connection, row, quantities)
    sql = select([identifier(c.lower()) for c in columns], row.table, row.where)
    (found,) = rows_of(connection, sql)
    cells = {name.lower(): value for name, value in found.items()}
    lines = []
    for quantity, rules in told.items():
        told_cells = [f"{c} = {shown(cells[c.lower()])}" for c in _columns(rules)]
        told_cells = told_cells or [_absent(row, quantity)]
        lines += filled(f"  {quantity}:", listed(told_cells))
    return Step(tuple(lines), sql, (found,))


def _columns(rules: Sequence[tuple[str, Rule]]) -> list[str]:
    """Return the raw columns of rules: what each is about before what it looks at."""
    first = [rule.columns[0] for _, rule in rules if rule.columns]
    others = [column for _, rule in rules for column in rule.columns[1:]]
    return list(dict.fromkeys([*first, *others]))


def _absent(row: RawRow, quantity: str) -> str:
    if row.staged.has(quantity):
        return f"how it comes from {row.table} cannot be told"
    return f"not in {row.survey}"


def _staged(
    connection: duckdb.DuckDBPyConnection, row: RawRow, quantities: Sequence[str]
) -> Step:
    """Return what staging says, where the way from the raw table cannot be followed."""
    columns = [
        column for quantity in quantities for column in (quantity, f"{quantity}_err")
    ]
    own = [
        f"survey = {quote_text(row.survey)}",
        f"source_id = {quote_text(row.measured['source_id'])}",
    ]
    sql = select(columns, "staging.all_surveys", own)
    found = rows_of(connection, sql)
    lines = [f"  the cells of {row.table} cannot be followed; staging has:"]
    for quantity in quantities:
        for one in found:
            value, err = shown(one[quantity]), shown(one[f"{quantity}_err"])
            lines.append(f"  {quantity}: {value} ± {err}")
    return Step(tuple(lines), sql, tuple(found))


def tell_nulls(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[RawRow],
    quantities: Sequence[str],
) -> Stage:
    """Return the rules that the cells went through, and why some became NULL."""
    steps: list[Step] = []
    for row in rows:
        steps += _nulls(connection, row, quantities)
    return Stage("nulls", "Which cells became NULL, and why", tuple(steps))


def _nulls(
    connection: duckdb.DuckDBPyConnection, row: RawRow, quantities: Sequence[str]
) -> Iterator[Step]:
    rules = dict(pair for quantity in quantities for pair in _rules(row, quantity))
    if row.where is None or not rules:
        return
    sql = select(
        [f"{rule.sql} as {identifier(column)}" for column, rule in rules.items()],
        row.table,
        row.where,
    )
    (found,) = rows_of(connection, sql)
    lacking = [column for column in rules if found[column] is None]
    passed = len(rules) - len(lacking)
    line = f"{row.name}: {passed} of {len(rules)} values and errors are there"
    yield Step((line,), sql, (found,))
    for column in lacking:
        value = column.removesuffix("_err")
        if column != value and value in lacking:
            continue  # told with the value
        tail = "; so is its error" if f"{column}_err" in lacking else ""
        yield from _why(connection, row, column, rules[column], tail)


def _why(
    connection: duckdb.DuckDBPyConnection,
    row: RawRow,
    column: str,
    rule: Rule,
    tail: str,
) -> Iterator[Step]:
    """Tell why a value is NULL: what its cells hold, and the rule's own words."""
    assert row.where is not None
    items = [identifier(c.lower()) for c in rule.columns]
    source, where = row.table, row.where
    if rule.flags is not None:
        # Names are looked up in a lambda, which takes no query within it.
        inner = subquery(["*", f"{rule.flags.rejecting} as rejecting"], source, where)
        source, where = f"(\n{indent(inner, '    ')}\n)", ()
        items.append(f"flag_names({rule.flags.of}, rejecting) as flag_names")
    items.append(f"{rule.sql} as staged")
    sql = select(items, source, where)
    (found,) = rows_of(connection, sql)
    cells = {name.lower(): value for name, value in found.items()}
    first = rule.columns[0]
    value = cells[first.lower()]
    if value is None:
        line = f"  {column} is NULL: {first} is NULL in {row.table}{tail}"
        yield Step((line,), sql, (found,))
        yield from _audit(connection, row, first)
        return
    reason = _reason(rule, cells, first, value)
    yield Step((f"  {column} is NULL: {reason}{tail}",), sql, (found,))


def _reason(rule: Rule, cells: Row, first: str, value: object) -> str:
    """Return in words why a rule makes NULL of a cell that holds something."""
    says = f"{first} = {shown(value)}"
    name = rule.sql.partition("(")[0]
    size = value if isinstance(value, int | float) else None
    if isinstance(value, str) and value in ("nan", "inf", "-inf"):
        return f"{says} is no number"
    if size is not None and (size <= -999 or size == 999999):
        return f"{says} stands for a missing value"
    if name == "abundance" and size is not None and abs(size) >= 10:
        return f"{says} is beyond 10 dex, where no abundance is"
    if limits := _LIMITS.match(rule.sql):
        return f"{says} is beyond what stars have: {limits[1]} to {limits[2]}"
    is_error = name.endswith(("_err", "_error", "error_beside"))
    if is_error and size is not None and size <= 0:
        return f"{says} is no error: it is not positive"
    flags = cells.get("flag_names")
    if flags:
        cell = rule.columns[-1]
        held = shown(cells[cell.lower()])
        return f"{cell} = {held} rejects {says}: {', '.join(flags)}"
    return f"{says}, by {rule.sql}"


def _audit(
    connection: duckdb.DuckDBPyConnection, row: RawRow, column: str
) -> Iterator[Step]:
    """Tell what made NULLs of a column when its file was read."""
    sql = select(
        ["rule", "n"],
        "meta.null_audit",
        [
            f"survey = {quote_text(row.survey)}",
            f"column_name = {quote_text(column)}",
            "layer = 'raw'",
        ],
        ["n desc"],
    )
    rows = rows_of(connection, sql)
    if rows:
        told = ", ".join(f"{one['rule']} ({one['n']:,} cells)" for one in rows)
        yield Step((f"    what is NULL in {column}: {told}",), sql, tuple(rows))
