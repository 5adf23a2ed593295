"""Seventh stage: whether its surveys disagree, and whether other stars are like it."""

import duckdb

from stellarwh.explain.asking import Row, filled, rows_of, select, shown
from stellarwh.explain.explanation import Stage, Step
from stellarwh.explain.within import tell_within

_DISAGREEING = (
    "quantity", "survey_left", "value_left", "err_left", "survey_right", "value_right",
    "err_right", "difference_sigma", "chi2", "probably_off", "reasons",
)  # fmt: skip
_UNLIKE = (
    "quantity", '"value"', "err", "usual_value", "local_outlier_factor",
    "nearest_sigma",
)  # fmt: skip


def tell_doubts(connection: duckdb.DuckDBPyConnection, star: Row) -> Stage:
    """Return what is said against the star's values, of whatever quantity.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    star : dict
        What ``main.stars`` says of it.
    """
    here = [f"star_id = {star['star_id']}"]
    is_alone = len(star["surveys"]) < 2
    steps = (
        _disagreeing(connection, here, is_alone=is_alone),
        *_within(connection, star["star_id"]),
        _unlike(connection, here),
    )
    return Stage("doubts", "Whether its surveys disagree, and stars are like it", steps)


def _disagreeing(
    connection: duckdb.DuckDBPyConnection, here: list[str], *, is_alone: bool
) -> Step:
    sql = select(list(_DISAGREEING), "main.disagreeing_stars", here, ["quantity"])
    rows = rows_of(connection, sql)
    lines = [line for row in rows for line in _differing(row)]
    if not lines:
        alone = "seen by one survey: there is no other to disagree with"
        agree = "its surveys do not disagree beyond errors that hold"
        lines = [alone if is_alone else agree]
    return Step(tuple(lines), sql, tuple(rows))


def _within(connection: duckdb.DuckDBPyConnection, star_id: int) -> list[Step]:
    """Tell of rows of one survey that disagree, in any quantity."""
    return [
        Step(
            (f"{quantity}: rows of one survey disagree", *one.lines), one.sql, one.rows
        )
        for quantity, one in tell_within(connection, star_id).items()
    ]


def _differing(row: Row) -> list[str]:
    left, right = (
        f"{row[f'survey_{side}']} {shown(row[f'value_{side}'], 6)} "
        f"± {shown(row[f'err_{side}'], 3)}"
        for side in ("left", "right")
    )
    said = f"{row['quantity']}: {left} and {right}"
    off = row["probably_off"]
    named = f"probably off: {off}" if off else "which one is off is not known"
    reasons = "; ".join(row["reasons"]).split()
    return [
        said,
        f"  differ by {shown(row['difference_sigma'], 3)} sigma; {named}",
        *filled("  reasons:", reasons),
    ]


def _unlike(connection: duckdb.DuckDBPyConnection, here: list[str]) -> Step:
    sql = select(list(_UNLIKE), "main.unlike_neighbours", here)
    rows = rows_of(connection, sql)
    lines = [line for row in rows for line in _apart(row)]
    said = "not among the stars whose values are unlike any neighbour's"
    return Step(tuple(lines or [said]), sql, tuple(rows))


def _apart(row: Row) -> list[str]:
    err = f" ± {shown(row['err'], 3)}" if row["err"] is not None else ""
    return [
        f"unlike its neighbours, most of all in {row['quantity']}: "
        f"{shown(row['value'], 6)}{err}",
        f"  where stars alike in the rest have {shown(row['usual_value'], 6)}; its "
        f"local outlier factor is {shown(row['local_outlier_factor'], 3)}, and",
        f"  the nearest star lies {shown(row['nearest_sigma'], 3)} errors away; kept",
    ]
