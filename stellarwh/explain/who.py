"""First stage: which star it is."""

import duckdb

from stellarwh.explain.asking import Row, rows_of, select
from stellarwh.explain.explanation import Stage, Step
from stellarwh.explain.names import Found
from stellarwh.quoting import quote_text

_COLUMNS = (
    "star_id", "ra", '"dec"', "epoch", "gaia_dr3_source_id", "gaia_dr2_source_id",
    "surveys", "has_conflict",
)  # fmt: skip


def tell_who(
    connection: duckdb.DuckDBPyConnection, found: Found
) -> tuple[Stage, Row, bool]:
    """Return the stage, the star, and whether a catalogue of it is simulated."""
    sql = select(list(_COLUMNS), "main.stars", [f"star_id = {found.star_id}"])
    rows = rows_of(connection, sql)
    star = rows[0]
    conflict = (
        "its catalogues disagree on which star it is (has_conflict)"
        if star["has_conflict"]
        else "no conflict of ids and positions"
    )
    who = Step(
        (
            f"star {star['star_id']} at RA {star['ra']:.6f}, Dec {star['dec']:+.6f} "
            f"deg (epoch {star['epoch']:g})",
            f"Gaia DR3 {_known(star['gaia_dr3_source_id'])}, "
            f"DR2 {_known(star['gaia_dr2_source_id'])}",
            f"seen by {', '.join(star['surveys'])}; {conflict}",
        ),
        sql,
        tuple(rows),
    )
    files, simulated = _files(connection, star["surveys"])
    return Stage("who", "Who it is", (found.step, who, files)), star, simulated


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _files(
    connection: duckdb.DuckDBPyConnection, surveys: list[str]
) -> tuple[Step, bool]:
    sql = select(
        ["survey", "file", '"release"', "is_simulated"],
        "meta.ingests",
        [f"survey in ({', '.join(map(quote_text, surveys))})"],
        ["ingest_id"],
    )
    rows = rows_of(connection, sql)
    lines = []
    for row in rows:
        simulated = ", SIMULATED" if row["is_simulated"] else ""
        lines.append(
            f"{row['survey']} {row['release'] or '(release unknown)'}{simulated}, of "
            f"{row['file'].replace(chr(92), '/').rpartition('/')[2]}"
        )
    step = Step(tuple(lines), sql, tuple(rows))
    return step, any(row["is_simulated"] for row in rows)
