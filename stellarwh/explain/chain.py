"""Put the stages together."""

from collections.abc import Sequence

import duckdb

from stellarwh.errors import UsageError, did_you_mean
from stellarwh.explain.doubts import tell_doubts
from stellarwh.explain.explanation import Explanation
from stellarwh.explain.match import tell_match
from stellarwh.explain.names import find_star
from stellarwh.explain.raw import read_rows, tell_nulls, tell_raw
from stellarwh.explain.scale import tell_scale
from stellarwh.explain.spectra import tell_spectra
from stellarwh.explain.staged import Staged
from stellarwh.explain.value import tell_value
from stellarwh.explain.who import tell_who
from stellarwh.runtime.plain_text import short
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.tables import find_table

USUAL = ("teff", "logg", "fe_h", "alpha_fe")
ALL = "all"
# What an earlier version did not build is not there.
_NEEDED = (
    "main.stars", "main.measurements", "main.calibrated", "main.parameters",
    "main.disagreeing_stars", "main.unlike_neighbours",
)  # fmt: skip


def explain_star(
    connection: duckdb.DuckDBPyConnection,
    asked: str,
    *,
    quantities: Sequence[str] = USUAL,
    radius: float = 5.0,
    kind: str | None = None,
) -> Explanation:
    """Return how the values of one star came to be, each step with its SQL.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    asked : str
        A star_id, Gaia id, survey's id or name, or a position.
    quantities : sequence of str
        Of `main.parameters`; ``all`` are all of them.
    radius : float
        How far from a position the star may be, in arcsec.
    kind : str, optional
        What `asked` is, one of `names.KINDS`; else whatever fits.

    Raises
    ------
    UsageError
        If there is no such quantity, or no such place on the sky.
    WarehouseError
        If there is no such star, or several, or nothing was built of these catalogues.
    """
    for name in _NEEDED:
        find_table(connection, name)
    require_current_build(connection)
    units = _units(connection)
    chosen = _chosen(quantities, units)
    found = find_star(connection, asked, kind, radius)
    who, star, is_simulated = tell_who(connection, found)
    staged: dict[str, Staged] = {}
    try:
        rows = read_rows(connection, found.star_id, staged)
        snrs = {
            (row.survey, str(row.measured["source_id"])): row.measured["snr"]
            for row in rows
        }
        spectra = tell_spectra(connection, found.star_id)
        stages = (
            who,
            tell_raw(connection, found.star_id, rows, chosen),
            tell_nulls(connection, rows, chosen),
            tell_match(connection, star, rows),
            tell_scale(connection, found.star_id, snrs, chosen),
            tell_value(connection, found.star_id, chosen, units),
            tell_doubts(connection, star),
            *((spectra,) if spectra is not None else ()),
        )
    finally:
        for view in staged.values():
            view.close()
    return Explanation(
        asked, found.taken_for, found.star_id, chosen, is_simulated, stages
    )


def _units(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the unit of each quantity that the surveys share."""
    return {
        name: unit or ""
        for name, unit in connection.execute(
            "select columns.column_name, about.unit from duckdb_columns() as columns "
            "left join meta.columns as about on about.schema_name = 'main' "
            "and about.table_name = 'parameters' "
            "and about.column_name = columns.column_name "
            "where columns.database_name = current_database() "
            "and columns.schema_name = 'main' and columns.table_name = 'parameters' "
            "and columns.column_name || '_n_surveys' in (select column_name "
            "from duckdb_columns() where schema_name = 'main' "
            "and table_name = 'parameters') order by columns.column_index"
        ).fetchall()
    }


def _chosen(quantities: Sequence[str], known: dict[str, str]) -> tuple[str, ...]:
    chosen: dict[str, None] = {}
    for quantity in quantities:
        if quantity == ALL:
            chosen.update(dict.fromkeys(known))
        elif quantity not in known:
            raise UsageError(
                f"There is no quantity {short(quantity)}. "
                f"{did_you_mean(quantity, [*known, ALL])}"
            )
        else:
            chosen[quantity] = None
    if not chosen:
        raise UsageError("No quantity is named; give one, as teff, or all.")
    return tuple(chosen)
