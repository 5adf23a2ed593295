"""Eighth stage, where there are some: the star's spectra and their indices."""

import duckdb

from stellarwh.explain.asking import Row, filled, rows_of, select, shown
from stellarwh.explain.explanation import Stage, Step

_NEEDED = ("star_spectra", "star_indices")
_FACTS = (
    "spectra.survey", "spectra.spectrum_id", "stars.matched_by", "stars.separation",
    "spectra.snr", "spectra.snr_source", "spectra.velocity", "spectra.velocity_source",
    "spectra.disputed_velocity", "spectra.is_simulated", "spectra.file",
)  # fmt: skip
# Of Balmer lines, metals, the gravity and the activity: what is looked at first.
_SHOWN = (
    "hbeta", "mgb", "fe5270", "nad", "cat", "s_hk", "tio5", "co1_60",
)  # fmt: skip


def tell_spectra(connection: duckdb.DuckDBPyConnection, star_id: int) -> Stage | None:
    """Return what the spectra of a star are and say; None where it has none.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse; one of an earlier version has no spectra.
    star_id : int
    """
    views = connection.execute(
        "select count(*) from duckdb_views() where schema_name = 'main' "
        "and database_name = current_database() "
        "and view_name in (select unnest(?::varchar[]))",
        [list(_NEEDED)],
    ).fetchall()[0][0]
    if views < len(_NEEDED):
        return None
    sql = select(
        list(_FACTS),
        "main.star_spectra as stars\n"
        "inner join raw.spectra as spectra using (survey, spectrum_id)",
        [f"stars.star_id = {star_id}", "spectra.refusal is null"],
        ["spectra.survey", "spectra.spectrum_id"],
    )
    rows = rows_of(connection, sql)
    if not rows:
        return None
    steps = [Step(tuple(line for row in rows for line in _told(row)), sql, tuple(rows))]
    steps += _indices(connection, star_id)
    return Stage("spectra", "What its spectra show", tuple(steps))


def _told(row: Row) -> list[str]:
    place = row["separation"]
    apart = "" if place is None else f", {shown(place, 3)} arcsec from the star"
    simulated = ", SIMULATED" if row["is_simulated"] else ""
    scale = ", of its pixels" if row["snr_source"] == "pixels" else ""
    lines = [
        f"{row['survey']} {row['spectrum_id']}: S/N {shown(row['snr'], 4)}{scale}, "
        f"by its {row['matched_by']}{apart}{simulated}"
    ]
    source, velocity = row["velocity_source"], shown(row["velocity"], 4)
    if source is None:
        lines.append("  no velocity is known, so no index was measured")
    elif source == "rest":
        lines.append("  at rest as published")
    else:
        by = "its lines" if source == "cross-correlation" else f"the {source}"
        lines.append(f"  shifted to rest by {velocity} km/s of {by}")
    if row["disputed_velocity"] is not None:
        stated = shown(row["disputed_velocity"], 4)
        lines.append(f"  {stated} km/s are stated, too, and were not used")
    return lines


def _indices(connection: duckdb.DuckDBPyConnection, star_id: int) -> list[Step]:
    columns = [part for name in _SHOWN for part in (name, f"{name}_err")]
    about = ["optical_survey", "optical_id", "optical_snr", "infrared_id"]
    sql = select([*about, *columns], "main.star_indices", [f"star_id = {star_id}"])
    rows = rows_of(connection, sql)
    if not rows:
        return []
    found = rows[0]
    told = [
        f"{name} {shown(found[name], 4)}"
        + (f" ± {shown(found[f'{name}_err'], 2)}" if found[f"{name}_err"] else "")
        for name in _SHOWN
        if found[name] is not None
    ]
    items = "; ".join(told or ["none of these indices has a value"]).split()
    return [Step(tuple(filled("indices of the best:", items)), sql, tuple(rows))]
