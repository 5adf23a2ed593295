"""Sixth stage: the star's values, and what was learned beside them."""

import math
from collections.abc import Sequence

import duckdb

from stellarwh.explain.asking import Row, rows_of, select, shown
from stellarwh.explain.explanation import Stage, Step
from stellarwh.explain.within import tell_within
from stellarwh.quoting import quote_text

_PARTS = ("", "_err", "_n_surveys", "_chi2", "_sources", "_in_range")
# As chi_square_limit and main.disagreeing_stars have it.
_DISAGREE = 0.001


def tell_value(
    connection: duckdb.DuckDBPyConnection,
    star_id: int,
    quantities: Sequence[str],
    units: dict[str, str],
) -> Stage:
    """Return the values of ``main.parameters``, and of ``main.predictions``."""
    columns = [f"{quantity}{part}" for quantity in quantities for part in _PARTS]
    here = [f"star_id = {star_id}"]
    rows = rows_of(connection, select(columns, "main.parameters", here))
    within = tell_within(connection, star_id, quantities)
    steps = []
    for quantity in quantities:
        own = [f"{quantity}{part}" for part in _PARTS]
        kept = tuple({name: row[name] for name in own} for row in rows)
        lines = _told(quantity, kept[0] if kept else None, units.get(quantity, ""))
        steps.append(Step(lines, select(own, "main.parameters", here), kept))
        if quantity in within:
            steps.append(within[quantity])
    steps += _learned(connection, star_id, quantities)
    return Stage("value", "The values", tuple(steps))


def _told(quantity: str, row: Row | None, unit: str) -> tuple[str, ...]:
    if row is None or row[quantity] is None:
        return (f"{quantity} is NULL: no clean row of the star has it",)
    err, surveys = row[f"{quantity}_err"], row[f"{quantity}_sources"]
    stated = "(no error known)" if err is None else f"± {shown(err, 3)}"
    lines = [f"{quantity} = {shown(row[quantity], 6)} {stated}{unit and f' {unit}'}"]
    lines[0] += f" of {', '.join(surveys)}"
    chi2 = row[f"{quantity}_chi2"]
    if isinstance(chi2, float):
        chance = chi2_chance(chi2, row[f"{quantity}_n_surveys"] - 1)
        agree = "they agree"
        if chance < _DISAGREE:
            factor = math.sqrt(chi2 / (row[f"{quantity}_n_surveys"] - 1))
            agree = (
                f"they disagree, and the error is {factor:.3g} times as large for it"
            )
        lines.append(f"  chi2 {chi2:.2f}, p = {chance:.2g}: {agree}")
    if not row[f"{quantity}_in_range"]:
        lines.append("  outside the calibrated range: as it was measured")
    return tuple(lines)


def chi2_chance(chi2: float, freedom: int) -> float:
    """Return how often chance alone gives such a chi-square, or a larger one.

    The regularised upper incomplete gamma function Q(freedom / 2, chi2 / 2), by its
    recurrence (NIST DLMF 8.8.6).

    Examples
    --------
    >>> round(chi2_chance(3.841, 1), 4), round(chi2_chance(5.991, 2), 4)
    (0.05, 0.05)
    """
    half = chi2 / 2
    order = 1.0 if freedom % 2 == 0 else 0.5
    found = math.exp(-half) if order == 1 else math.erfc(math.sqrt(half))
    while order < freedom / 2:
        found += half**order * math.exp(-half) / math.gamma(order + 1)
        order += 1
    return found


def _learned(
    connection: duckdb.DuckDBPyConnection, star_id: int, quantities: Sequence[str]
) -> list[Step]:
    sql = select(
        [
            "task", "target", '"value"', "lower_68", "upper_68", "in_domain",
            "is_out_of_fold", "is_stale", "run_id",
        ],
        "main.predictions",
        [
            f"star_id = {star_id}",
            f"target in ({', '.join(map(quote_text, quantities))})",
        ],
        ["target", "task"],
    )  # fmt: skip
    rows = rows_of(connection, sql)
    if not rows:
        return [Step(("nothing learned of it is stored",), sql, ())]
    lines = []
    for row in rows:
        interval = f"{shown(row['lower_68'], 6)} to {shown(row['upper_68'], 6)}"
        lines.append(
            f"learned by {row['task']}: {row['target']} = {shown(row['value'], 6)} "
            f"({interval})"
        )
        if not row["in_domain"]:
            lines.append("  outside what was learned from")
        if row["is_stale"]:
            lines.append("  of files that were replaced since")
    learned = Step(tuple(lines), sql, tuple(rows))
    targets = {row["target"] for row in rows}
    chosen = [quantity for quantity in quantities if quantity in targets]
    return [learned, *_best(connection, star_id, chosen)]


def _best(
    connection: duckdb.DuckDBPyConnection, star_id: int, quantities: Sequence[str]
) -> list[Step]:
    """Tell which of measured and learned values ``main.best_parameters`` takes."""
    known = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'main' "
            "and table_name = 'best_parameters' "
            "and database_name = current_database()"
        ).fetchall()
    }
    steps = []
    for quantity in quantities:
        if f"{quantity}_kind" not in known:
            continue
        columns = [f"{quantity}{part}" for part in ("", "_err", "_kind", "_sources")]
        sql = select(columns, "main.best_parameters", [f"star_id = {star_id}"])
        rows = rows_of(connection, sql)
        lines = tuple(_taken(quantity, row) for row in rows)
        steps.append(Step(lines or (f"best {quantity}: none",), sql, tuple(rows)))
    return steps


def _taken(quantity: str, row: Row) -> str:
    if row[quantity] is None:
        return f"best {quantity}: none"
    err = row[f"{quantity}_err"]
    stated = "(no error known)" if err is None else f"± {shown(err, 3)}"
    kind, sources = row[f"{quantity}_kind"], row[f"{quantity}_sources"] or ()
    said = f"best {quantity} = {shown(row[quantity], 6)} {stated}, {kind}"
    return f"{said}: {', '.join(sources)}"
