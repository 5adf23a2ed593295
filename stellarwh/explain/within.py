"""Rows of one survey that disagree with each other, and what becomes of its error."""

from collections.abc import Sequence

import duckdb

from stellarwh.explain.asking import Row, rows_of, select, shown
from stellarwh.explain.explanation import Step
from stellarwh.quoting import quote_text

_COLUMNS = (
    "quantity", "survey", '"value"', "err", "n_rows", "rows_chi2", "rows_factor",
    "sqrt(pow(err, 2) - (pow(rows_factor, 2) - 1) / random_weight) as err_if_alike",
)  # fmt: skip
_ORDER = ["quantity", "survey_rank(survey)", "survey"]


def tell_within(
    connection: duckdb.DuckDBPyConnection,
    star_id: int,
    quantities: Sequence[str] | None = None,
) -> dict[str, Step]:
    """Return a step for each quantity of which rows of one survey disagree.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    star_id : int
        Of the star.
    quantities : sequence of str, optional
        Which are told; all without it.
    """
    here = [f"star_id = {star_id}", "rows_factor > 1"]
    which = (
        []
        if quantities is None
        else [f"quantity in ({', '.join(map(quote_text, quantities))})"]
    )
    rows = rows_of(connection, _asked([*here, *which]))
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["quantity"], []).append(row)
    return {
        quantity: Step(
            tuple(_told(row) for row in own),
            _asked([*here, f"quantity = {quote_text(quantity)}"]),
            tuple(own),
        )
        for quantity, own in found.items()
    }


def _asked(where: list[str]) -> str:
    return select(list(_COLUMNS), "scale.survey_values", where, _ORDER)


def _told(row: Row) -> str:
    factor = shown(row["rows_factor"], 3)
    apart = (
        f"differ by {factor} sigma"
        if row["n_rows"] == 2
        else f"scatter {factor} times as much as their errors allow"
    )
    return (
        f"  the {row['n_rows']} rows of {row['survey']} {apart}: its error is "
        f"{shown(row['err'], 3)}, not {shown(row['err_if_alike'], 3)}"
    )
