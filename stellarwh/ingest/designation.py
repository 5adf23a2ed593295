"""Positions that stand in names such as 2M00000002+7417074, and nowhere else."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from stellarwh.errors import SurveyError
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier

# Why a row has no position.
UNREADABLE = "no position in the name"


def derived_columns(
    columns: Sequence[PlannedColumn], designation: str
) -> tuple[PlannedColumn, PlannedColumn]:
    """Return the two columns of the position that a column of names holds.

    Parameters
    ----------
    columns : sequence of PlannedColumn
        Those of the raw table.
    designation : str
        The column of names among them.

    Raises
    ------
    SurveyError
        If that column is no text.
    """
    (source,) = (column for column in columns if column.name == designation)
    if not pa.types.is_string(source.type):
        raise SurveyError(
            f"The column {designation} (--position-from) is {source.type}, not text; "
            "names such as 2M00000002+7417074 hold a position."
        )
    used = {column.name.lower() for column in columns}
    made = []
    for name, what, ucd in (
        ("ra", "right ascension", "pos.eq.ra"),
        ("dec", "declination", "pos.eq.dec"),
    ):
        free, number = name, 1
        while free in used:
            number += 1
            free = f"{name}_{number}"
        made.append(
            PlannedColumn(
                name=free,
                source=None,
                type=pa.float64(),
                unit="deg",
                ucd=ucd,
                description=f"{what} (J2000) as written in {designation}, not "
                "measured: cut to the last digit of the name, in 2MASS names to 0.15 "
                "arcsec in right ascension and 0.1 arcsec in declination",
                expression=f"{name}_of_designation({quote_identifier(designation)})",
            )
        )
    return made[0], made[1]


def describe_names(
    connection: duckdb.DuckDBPyConnection, table: str, designation: str, rows: int
) -> tuple[list[str], int]:
    """Return what to say of positions from names, and how many names hold none.

    Raises
    ------
    SurveyError
        If no name holds a position.
    """
    name = quote_identifier(designation)
    found = connection.execute(
        f"select count(placed), min(length(designation_part({name}, 4))) "  # noqa: S608 - quoted identifiers
        f"filter (placed), min(length(designation_part({name}, 9))) filter (placed), "
        f"min({name}) filter (placed is null) from (select {name}, case when "
        f"ra_of_designation({name}) is not null and dec_of_designation({name}) "
        f"is not null then true end as placed from {table})"
    ).fetchone()
    placed, of_ra, of_dec, first = found or (0, None, None, None)
    if rows and not placed:
        shown = f" (as '{first}')" if first is not None else ""
        raise SurveyError(
            f"None of the {rows:,} rows has a name in {designation}{shown} that holds "
            "a position, such as 2M00000002+7417074 or J000000.02+741707.4."
        )
    said = []
    if placed:
        coarse = max(15 * 10.0**-of_ra, 10.0**-of_dec)
        said.append(
            f"Positions are those written in {designation}, cut to {coarse:.2g} arcsec "
            "or finer: not measured ones."
        )
    if placed < rows:
        shown = f", as '{first}'" if first is not None else ""
        said.append(
            f"{rows - placed:,} of {rows:,} rows have no position, since their name in "
            f"{designation} holds none{shown}; they match nothing."
        )
    return said, rows - placed
