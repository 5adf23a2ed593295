"""Check that a catalogue's positions are degrees on the sky."""

import math
import re

import duckdb
import pyarrow as pa

from stellarwh.errors import SurveyError
from stellarwh.ingest.load import PositionColumns
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier

# How columns of astropy's coordinates say what they are.
_FRAME = re.compile(r"SkyCoord \(frame (\w+)\)")
_DEGREES = {"", "deg", "degree", "degrees", "degs", "°"}
# Fewer positions than this can lie within 2π of the origin by chance.
_FEW = 100


def check_position_column(column: PlannedColumn, survey: str) -> None:
    """Refuse a position column that is not in degrees, as far as the file tells.

    Raises
    ------
    SurveyError
        If it is no number (sexagesimal text is not guessed), has another unit or is of
        another frame than ICRS.
    """
    is_number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if not is_number:
        kind = "an array" if pa.types.is_nested(column.type) else str(column.type)
        raise SurveyError(
            f"The position column {column.name} of {survey} is {kind}, not a "
            "number; positions must be in decimal degrees: 150.25, not 10:01:00 or "
            "150,25."
        )
    unit = column.source.unit if column.source is not None else ""
    if unit.lower() not in _DEGREES:
        raise SurveyError(
            f"The position column {column.name} of {survey} is in '{unit}'; "
            "positions must be in degrees."
        )
    said = column.source.description if column.source is not None else ""
    frame = _FRAME.fullmatch(said)
    if frame is not None and frame[1] != "icrs":
        raise SurveyError(
            f"The position column {column.name} of {survey} is in frame {frame[1]}; "
            "positions must be ICRS (in astropy: coordinates.icrs)."
        )


def check_positions(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    position: PositionColumns,
    rows: int,
) -> list[str]:
    """Look at the positions of a filled raw table; return warnings.

    Raises
    ------
    SurveyError
        If no row has a position in range.
    """
    if position.ra is None or position.dec is None:
        return []
    ra, dec = quote_identifier(position.ra), quote_identifier(position.dec)
    found = connection.execute(
        f"select count(healpix), max(abs({ra})) filter (healpix is not null), "  # noqa: S608 - quoted identifiers
        f"max(abs({dec})) filter (healpix is not null), "
        f"count(healpix) filter ({ra} < 0) from {table}"
    ).fetchone()
    placed, largest_ra, largest_dec, negative = found or (0, None, None, 0)
    if rows and not placed:
        raise SurveyError(
            f"None of the {rows:,} rows has a position: {position.ra} must be in "
            f"-180…360 and {position.dec} in -90…90 degrees."
        )
    warnings = []
    if negative:
        warnings.append(
            f"{negative:,} right ascensions are negative; 360 is added to them for "
            f"positions and healpix, {position.ra} itself stays as it is in the file."
        )
    if placed < rows:
        warnings.append(
            f"{rows - placed:,} of {rows:,} rows have no position in range "
            f"({position.ra} -180…360, {position.dec} -90…90); they match nothing."
        )
    near_origin = placed and largest_ra <= 2 * math.pi and largest_dec <= math.pi / 2
    if placed >= _FEW and near_origin:
        warnings.append(
            f"All positions lie within 2π of the origin: are {position.ra} and "
            f"{position.dec} in radians? They were taken as degrees."
        )
    return warnings
