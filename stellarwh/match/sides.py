"""The two sides of a match: a table of the warehouse, or a catalogue file."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from stellarwh.epochs import is_year, no_year
from stellarwh.errors import InputFileError, NoTableError, UsageError
from stellarwh.freshness import require_current_table
from stellarwh.ingest.convert import convert
from stellarwh.ingest.text_types import narrowest_types
from stellarwh.match.columns import Side, position, use_columns
from stellarwh.match.files import file_of, looks_like_a_file
from stellarwh.match.ids import exact_ids
from stellarwh.match.units import factor_of
from stellarwh.offline import check_local
from stellarwh.quoting import quote_identifier
from stellarwh.readers import (
    FileColumn,
    TableFile,
    no_nulls,
    notes_of,
    open_table,
    split_source,
)
from stellarwh.tables import TableName, find_table

# Types of DuckDB that are numbers, by how they begin.
_NUMBERS = (
    *("DOUBLE", "FLOAT", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    *("HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)
_INCOMING = "stellarwh_match_incoming"
# Columns of a side beside its row, id, ra and dec.
_OPTIONAL = ("epoch", "pmra", "pmdec", "position_error", "magnitude")


@dataclass(frozen=True)
class LoadedSide:
    """A side that stands ready under a name of its own.

    Parameters
    ----------
    name, source : str
        ``left`` or ``right``, and what it was loaded from.
    table : str
        The temporary table or view: ``row``, ``id``, ``ra``, ``dec`` and ``epoch``,
        ``pmra``, ``pmdec``, ``position_error``, ``magnitude``, which may be NULL.
    epochs : tuple of (float, float) or None
        First and last epoch of its positions; None if none is known.
    has_motions : bool
        Whether any row has a proper motion: columns that are empty move nothing.
    has_errors, has_magnitudes : bool
        Whether it names such columns.
    rows, unplaced, negative : int
        How many rows it has, how many of them no position, and how many a negative
        right ascension, which is wrapped.
    notes : tuple of str
        What its file says of itself, such as other tables that it holds.
    """

    name: str
    source: str
    table: str
    is_view: bool
    epochs: tuple[float, float] | None
    has_motions: bool
    has_errors: bool
    has_magnitudes: bool
    rows: int
    unplaced: int
    negative: int
    notes: tuple[str, ...] = ()

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Drop the temporary table or view."""
        kind = "view" if self.is_view else "table"
        connection.execute(f"drop {kind} if exists {self.table}")


def load_side(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side
) -> LoadedSide:
    """Make the temporary table or view of one side.

    Raises
    ------
    StellarwhError
        If there is no such table or file, it has not the columns it needs, or it shows
        what is stored of other data than stand in the warehouse.
    """
    # What looks like a file and is there is one, whatever tables are called.
    if looks_like_a_file(side.source) and file_of(side.source).is_file():
        return _load_file(connection, name, side)
    try:
        # The catalogue itself has epochs, motions and units, which its views lack.
        found = find_table(connection, side.source, catalogue_first=True)
    except NoTableError:
        file = file_of(side.source)
        if not file.is_file():
            check_local(file)
            if looks_like_a_file(side.source):
                raise InputFileError(f"There is no file {side.source}.") from None
            raise
        return _load_file(connection, name, side)
    return _load_table(connection, name, side, found)


def _load_table(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side, table: TableName
) -> LoadedSide:
    require_current_table(connection, table)
    types = dict(
        row[:2] for row in connection.execute(f"describe {table.quoted}").fetchall()
    )
    columns = list(types)
    told = _told_at_ingest(connection, table)
    ra, dec = (told.get("ra"), told.get("dec")) if "ra" in told else (None, None)
    if ra is None or dec is None:
        ra, dec = position(columns, str(table))
    used = use_columns(side, columns, str(table), told) | {"ra": ra, "dec": dec}
    for role, column in used.items():
        kind = types.get(str(column), "DOUBLE") if isinstance(column, str) else "DOUBLE"
        if role != "id" and not kind.startswith(_NUMBERS):
            raise _no_number(str(column), str(table), kind)
    # Rows of a stored table have numbers already; those of a view get them in a copy.
    stored = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        list(table),
    ).fetchall()
    units = dict(
        connection.execute(
            "select column_name, unit from meta.columns where schema_name = ? "
            "and table_name = ? and unit is not null",
            list(table),
        ).fetchall()
    )
    return _create(
        connection, name, side, table.quoted, used, units, stored=bool(stored)
    )


def _load_file(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side
) -> LoadedSide:
    path, hdu = split_source(side.source)
    file = open_table(path, hdu)
    names = [column.name for column in file.columns]
    ra, dec = position(names, str(path))
    used = use_columns(side, names, str(path), {}) | {"ra": ra, "dec": dec}
    wanted = dict.fromkeys(c for c in used.values() if isinstance(c, str))
    columns = [next(c for c in file.columns if c.name == name) for name in wanted]
    types = (
        narrowest_types(file, columns)
        if file.format.startswith("text")
        else [column.type for column in columns]
    )
    for column, kind in zip(columns, types, strict=True):
        if column.unreadable:
            raise InputFileError(
                f"The column {column.name} of {path} cannot be read: "
                f"{column.unreadable}."
            )
        if column.name != used["id"] and not _is_number(kind):
            raise _no_number(column.name, str(path), str(kind))
    units = {column.name: column.unit for column in columns if column.unit}
    schema = pa.schema(zip(wanted, types, strict=True))
    reader = pa.RecordBatchReader.from_batches(schema, _batches(file, columns, schema))
    connection.register(_INCOMING, reader)
    try:
        loaded = _create(connection, name, side, _INCOMING, used, units, stored=False)
        return replace(loaded, notes=(*notes_of(file), *loaded.notes))
    finally:
        connection.unregister(_INCOMING)


def _no_number(column: str, where: str, kind: str) -> InputFileError:
    return InputFileError(
        f"The column {column} of {where} is {kind}, not a number; "
        "positions must be in decimal degrees, and what goes with them numbers."
    )


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
    name: str,
    side: Side,
    source: str,
    used: Mapping[str, str | float | None],
    units: Mapping[str, str],
    *,
    stored: bool,
) -> LoadedSide:
    """Create the temporary table of a side from a quoted source, or a view of it.

    Rows are numbered before those without a position drop out.
    """
    table = f"stellarwh_match_{name}"
    row = "rowid + 1" if stored else "row_number() over ()"
    items = [f"{row} as row", f"{_expression(used['id']) or row} as id"]
    for role in ("ra", "dec", *_OPTIONAL):
        column = used[role]
        value = f"{_expression(column) or 'null'}::double"
        if isinstance(column, str):
            factor = factor_of(role, units.get(column, ""), column, side.source)
            value += f" * {factor!r}::double" if factor != 1 else ""
        items.append(f"{value} as {quote_identifier(role)}")
    what = f"create or replace temp {'view' if stored else 'table'} {table} as"
    select = f"select {', '.join(items)} from {source}"  # noqa: S608 - quoted identifiers
    connection.execute(f"{what} {select}")
    exact, notes = exact_ids(connection, table, used["id"], side)
    if exact is not None:
        before = f"({select})" if stored else table
        select = f"select * replace ({exact} as id) from {before}"  # noqa: S608 - the same
        connection.execute(f"{what} {select}")
    rows, placed, negative, moving = connection.execute(
        "select count(*), count(wrapped_ra(ra)) filter (abs(dec) <= 90), "  # noqa: S608 - fixed name
        "count(wrapped_ra(ra)) filter (ra < 0 and abs(dec) <= 90), "
        f"count(*) filter (has_motion(pmra, pmdec, 2000)) from {table}"
    ).fetchall()[0]
    return LoadedSide(
        name=name,
        source=side.source,
        table=table,
        is_view=stored,
        epochs=_epochs(connection, table, side.source, used["epoch"]),
        has_motions=bool(moving),
        has_errors=used["position_error"] is not None,
        has_magnitudes=used["magnitude"] is not None,
        rows=rows,
        unplaced=rows - placed,
        negative=negative,
        notes=notes,
    )


def _expression(used: str | float | None) -> str | None:
    """Return a column's quoted name, or a number, as SQL."""
    if used is None:
        return None
    return quote_identifier(used) if isinstance(used, str) else repr(float(used))


def _epochs(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    epoch: str | float | None,
) -> tuple[float, float] | None:
    """Return the first and the last epoch of a side; None if none is known."""
    if not isinstance(epoch, str):
        return None if epoch is None else (epoch, epoch)
    first, last = connection.execute(
        "select min(known), max(known) from (select null_if_missing(epoch) as known "  # noqa: S608 - fixed name
        f"from {table})"
    ).fetchall()[0]
    for year in (first, last):
        if year is not None and not is_year(year):
            raise UsageError(f"The column {epoch} of {source}: {no_year(year)}")
    return None if first is None else (first, last)


def _told_at_ingest(
    connection: duckdb.DuckDBPyConnection, table: TableName
) -> dict[str, str | float]:
    """Return what the ingest of a raw table was told of its positions."""
    if table.schema != "raw":
        return {}
    rows = connection.execute(
        "select ra_column, dec_column, epoch, pmra_column, pmdec_column "
        "from meta.ingests where survey = ?",
        [table.name],
    ).fetchall()
    keys = ("ra", "dec", "epoch", "pmra", "pmdec")
    found = dict(zip(keys, rows[-1], strict=True)) if rows else {}
    return {key: value for key, value in found.items() if value is not None}
