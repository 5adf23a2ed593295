"""Cross-match any two tables or catalogue files on the sky."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.errors import (
    InputFileError,
    SurveyError,
    UsageError,
    WarehouseError,
    did_you_mean,
)
from stellarwh.ingest.convert import convert
from stellarwh.ingest.text_types import narrowest_types
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.readers import FileColumn, TableFile, no_nulls, open_table
from stellarwh.tables import find_table

MACROS = {
    "all": "crossmatch",
    "best": "crossmatch_best",
    "mutual": "crossmatch_mutual",
}
LARGEST_RADIUS = 180 * 3600.0
# What id and position columns are called, best first; case does not matter.
# star_id is last: it is a physical star of main.stars, but a 2MASS name in raw.galah.
_IDS = ("source_id", "id", "apogee_id", "sobject_id", "obsid", "star_id")
_POSITIONS = (
    ("ra", "dec"),
    ("ra_dr2", "dec_dr2"),
    ("raj2000", "dej2000"),
    ("_raj2000", "_dej2000"),
    ("ra_icrs", "de_icrs"),
    ("radeg", "dedeg"),
    ("ra_deg", "dec_deg"),
)
_FILE_ENDINGS = {".fits", ".fit", ".csv", ".txt", ".dat", ".gz", ".parquet", ".tsv"}
_INCOMING = "stellarwh_match_incoming"


def match_tables(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    *,
    radius: float = 1.0,
    mode: str = "all",
    left_id: str | None = None,
    right_id: str | None = None,
) -> pa.Table:
    """Return the pairs of rows of two tables or files that lie near each other.

    Positions are compared as they are; proper motions are not applied.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    left, right : str
        A table or view, as ``raw.apogee`` or ``apogee``, or a catalogue file. Its
        positions are in degrees, in columns named ``ra`` and ``dec`` (or another
        usual way), or in those that its ingest was told.
    radius : float
        Largest separation in arcsec, up to 180 degrees.
    mode : str
        ``all`` pairs, the ``best`` (nearest) right row of each left one, or
        ``mutual`` best.
    left_id, right_id : str, optional
        Columns that name the rows. By default ``source_id`` or ``id`` or the
        survey's own id, else the row number, from 1.

    Returns
    -------
    pyarrow.Table
        ``left_id``, ``right_id`` and ``separation`` (arcsec), ordered by row.

    Raises
    ------
    UsageError
        If the mode is unknown or the radius out of range.
    WarehouseError
        If there is no such table, or it has no such column or no positions.
    InputFileError
        If a file cannot be read.
    """
    if mode not in MACROS:
        raise UsageError(f"There is no mode '{mode}'. {did_you_mean(mode, MACROS)}")
    if not 0 < radius <= LARGEST_RADIUS:
        raise UsageError(
            f"The radius is {radius:g} arcsec; it must be above 0 and at most "
            f"{LARGEST_RADIUS:g} (180 degrees)."
        )
    sides = [
        _load_side(connection, "left", left, left_id),
        _load_side(connection, "right", right, right_id),
    ]
    try:
        return connection.sql(
            "select l.id as left_id, r.id as right_id, pairs.separation "  # noqa: S608 - fixed names
            f"from {MACROS[mode]}('{sides[0]}', '{sides[1]}', ?, "
            "left_id := 'row', right_id := 'row') as pairs "
            f"inner join {sides[0]} as l on pairs.left_id = l.row "
            f"inner join {sides[1]} as r on pairs.right_id = r.row "
            "order by l.row, pairs.separation, r.row",
            params=[radius],
        ).to_arrow_table()
    except duckdb.CatalogException:
        raise WarehouseError(
            "This warehouse has no cross-match of that mode; run 'stellarwh build'."
        ) from None
    finally:
        for side in sides:
            connection.execute(f"drop table if exists {side}")


def _load_side(
    connection: duckdb.DuckDBPyConnection, side: str, name: str, wanted_id: str | None
) -> str:
    """Make the temporary table of one side."""
    try:
        found = find_table(connection, name)
    except WarehouseError:
        if not Path(name).exists():
            if _looks_like_a_file(name):
                raise InputFileError(f"There is no file {name}.") from None
            raise
        return _load_file(connection, side, Path(name), wanted_id)
    return _load_table(connection, side, found, wanted_id)


def _looks_like_a_file(name: str) -> bool:
    return "/" in name or "\\" in name or Path(name).suffix.lower() in _FILE_ENDINGS


def _load_table(
    connection: duckdb.DuckDBPyConnection, side: str, table: str, wanted_id: str | None
) -> str:
    columns = [
        row[0]
        for row in connection.execute(f"describe {quote_table(table)}").fetchall()
    ]
    id_column = _id_column(columns, wanted_id, table)
    ra, dec = _ingested_position(connection, table) or _position(columns, table)
    healpix = next((c for c in columns if c.lower() == "healpix"), None)
    return _create(connection, side, quote_table(table), id_column, ra, dec, healpix)


def _load_file(
    connection: duckdb.DuckDBPyConnection, side: str, path: Path, wanted_id: str | None
) -> str:
    file = open_table(path)
    names = [column.name for column in file.columns]
    id_column = _id_column(names, wanted_id, str(path))
    ra, dec = _position(names, str(path))
    wanted = dict.fromkeys(n for n in (id_column, ra, dec) if n is not None)
    columns = [next(c for c in file.columns if c.name == name) for name in wanted]
    types = (
        narrowest_types(file, columns)
        if file.format.startswith("text")
        else [column.type for column in columns]
    )
    for column, kind in zip(columns, types, strict=True):
        if column.name in (ra, dec) and not _is_number(kind):
            raise InputFileError(
                f"The position column {column.name} of {path} is {kind}, not a "
                "number; positions must be in decimal degrees."
            )
        if column.unreadable:
            raise InputFileError(
                f"The column {column.name} of {path} cannot be read: "
                f"{column.unreadable}."
            )
    schema = pa.schema(zip(wanted, types, strict=True))
    reader = pa.RecordBatchReader.from_batches(schema, _batches(file, columns, schema))
    connection.register(_INCOMING, reader)
    try:
        return _create(connection, side, _INCOMING, id_column, ra, dec, None)
    finally:
        connection.unregister(_INCOMING)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _batches(
    file: TableFile, columns: Sequence[FileColumn], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield the file's batches in the types of the schema."""
    rules: Counter[str] = Counter()
    for batch in file.batches(columns, no_nulls()):
        arrays = [
            convert(array, kind, rules)
            for array, kind in zip(batch.columns, schema.types, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _create(
    connection: duckdb.DuckDBPyConnection,
    side: str,
    source: str,
    id_column: str | None,
    ra: str,
    dec: str,
    healpix: str | None,
) -> str:
    """Create the temporary table of a side from a quoted source.

    The row number is given before rows without a position drop out.
    """
    table = f"stellarwh_match_{side}"
    ra_sql, dec_sql = (f"{quote_identifier(name)}::double" for name in (ra, dec))
    cell = (
        quote_identifier(healpix)
        if healpix
        else f"healpix_nested(29, {ra_sql}, {dec_sql})"
    )
    name = quote_identifier(id_column) if id_column else "row_number() over ()"
    connection.execute(
        f"create or replace temp table {table} as "  # noqa: S608 - quoted identifiers
        f"select row_number() over () as row, {name} as id, {ra_sql} as ra, "
        f'{dec_sql} as "dec", {cell} as healpix from {source}'
    )
    return table


def _named(names: Iterable[str], wanted: str) -> str | None:
    """Return the column of that name: exactly, or else whatever its case."""
    known = list(names)
    if wanted in known:
        return wanted
    return next((name for name in known if name.lower() == wanted.lower()), None)


def _id_column(names: Sequence[str], wanted: str | None, where: str) -> str | None:
    """Return the column that names the rows; None for the row number."""
    if wanted is None:
        return next((n for n in (_named(names, i) for i in _IDS) if n), None)
    found = _named(names, wanted)
    if found is None:
        raise SurveyError(
            f"{where} has no column '{wanted}'. {did_you_mean(wanted, names)}"
        )
    return found


def _position(names: Sequence[str], where: str) -> tuple[str, str]:
    """Return the names of the two position columns."""
    for ra, dec in _POSITIONS:
        pair = _named(names, ra), _named(names, dec)
        if pair[0] is not None and pair[1] is not None:
            return pair[0], pair[1]
    raise SurveyError(
        f"{where} has no position columns named ra and dec (or a usual variant); "
        "ingest it with --ra COLUMN --dec COLUMN, then match the table."
    )


def _ingested_position(
    connection: duckdb.DuckDBPyConnection, table: str
) -> tuple[str, str] | None:
    """Return the position columns that the ingest of a raw table was told."""
    schema, _, name = table.partition(".")
    if schema != "raw":
        return None
    rows = connection.execute(
        "select ra_column, dec_column from meta.ingests "
        "where survey = ? and ra_column is not null and dec_column is not null",
        [name],
    ).fetchall()
    return (str(rows[0][0]), str(rows[0][1])) if rows else None
