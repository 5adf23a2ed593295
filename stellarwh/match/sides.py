"""The two sides of a match: a table of the warehouse, or a catalogue file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pyarrow as pa

from stellarwh.catalogues.choice import split_source
from stellarwh.catalogues.convert import convert
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import FileColumn, TableFile, no_nulls, notes_of
from stellarwh.errors import InputFileError, NoTableError
from stellarwh.ingest.resolve import unique_names
from stellarwh.match.brought import (
    BroughtColumn,
    kept_name,
    names_brought,
    table_facts,
)
from stellarwh.match.columns import Side, position, use_columns
from stellarwh.match.files import (
    FileSet,
    are_there,
    file_of,
    find_files,
    is_pattern,
    looks_like_a_file,
    no_files,
)
from stellarwh.match.loaded import LoadedSide, create_side
from stellarwh.match.opened import open_walked, types_of
from stellarwh.match.sidetypes import is_number, no_number
from stellarwh.match.walked import WalkedSide
from stellarwh.runtime.offline import check_local
from stellarwh.warehouse.declared import read_declared
from stellarwh.warehouse.freshness import require_current_table
from stellarwh.warehouse.tables import TableName, find_table

# Types of DuckDB that are numbers, by how they begin.
_NUMBERS = (
    *("DOUBLE", "FLOAT", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    *("HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)
_INCOMING = "stellarwh_match_incoming"
# Files above this size (bytes) are read part by part, and never held whole.
_LARGEST_HELD = 64 << 20


def load_side(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Side,
    brings: Sequence[str] = (),
) -> LoadedSide | WalkedSide:
    """Make the temporary table or view of one side, or look into its files.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    name : str
        ``left`` or ``right``.
    side : Side
        What to load.
    brings : sequence of str
        Columns to bring along, of which it may lack some; or ``all``.

    Returns
    -------
    LoadedSide or WalkedSide
        The latter for a large file, a folder, a HATS catalogue, or a pattern of files.

    Raises
    ------
    StellarwhError
        If there is no such table or file, it has not the columns it needs, or it shows
        what is stored of other data than stand in the warehouse.
    """
    # What looks like a file and is there is one, whatever tables are called.
    if looks_like_a_file(side.source) and are_there(side.source):
        return _from_files(connection, name, side, brings)
    try:
        # The catalogue itself has epochs, motions and units, which its views lack.
        found = find_table(connection, side.source, catalogue_first=True)
    except NoTableError:
        if are_there(side.source):
            return _from_files(connection, name, side, brings)
        check_local(file_of(side.source))
        if is_pattern(side.source) or looks_like_a_file(side.source):
            raise no_files(side.source) from None
        raise
    return _load_table(connection, name, side, found, brings)


def load_stored(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side
) -> LoadedSide:
    """Make the view of a side that is a table, whatever files there are."""
    found = find_table(connection, side.source, catalogue_first=True)
    return _load_table(connection, name, side, found, ())


def _from_files(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side, brings: Sequence[str]
) -> LoadedSide | WalkedSide:
    found = find_files(side.source)
    if found is not None:
        return open_walked(name, side, found, brings)
    path, hdu = split_source(side.source)
    if path.stat().st_size > _LARGEST_HELD:
        return open_walked(name, side, FileSet(side.source, (path,)), brings, hdu)
    return _load_file(connection, name, side, brings)


def _load_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Side,
    table: TableName,
    brings: Sequence[str],
) -> LoadedSide:
    require_current_table(connection, table)
    types = dict(
        row[:2] for row in connection.execute(f"describe {table.quoted}").fetchall()
    )
    columns = list(types)
    told = told_at_ingest(connection, table)
    ra, dec = (told.get("ra"), told.get("dec")) if "ra" in told else (None, None)
    if ra is None or dec is None:
        ra, dec = position(columns, str(table))
    used = use_columns(side, columns, str(table), told) | {"ra": ra, "dec": dec}
    for role, column in used.items():
        kind = types.get(str(column), "DOUBLE") if isinstance(column, str) else "DOUBLE"
        if role != "id" and not kind.startswith(_NUMBERS):
            raise no_number(str(column), str(table), kind)
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
    brought = table_facts(connection, table, names_brought(brings, columns))
    source, is_stored = table.quoted, bool(stored)
    if brought and not is_stored:
        # A view may give its rows in another order the next time.
        source, is_stored = kept_name(name), True
        connection.execute(
            f"create or replace temp table {source} as from {table.quoted}"
        )
    order = "its stored order, not in the file" if stored else "no lasting order"
    loaded = create_side(
        connection,
        name,
        side,
        source,
        used,
        units,
        stored=is_stored,
        numbered=f"the number of the row in {table}, from 1, in {order}",
        is_table=True,
    )
    return replace(
        loaded,
        origin=source if brought else "",
        brought=brought,
        reads=table.quoted,
    )


def _load_file(
    connection: duckdb.DuckDBPyConnection, name: str, side: Side, brings: Sequence[str]
) -> LoadedSide:
    path, hdu = split_source(side.source)
    file = open_table(path, hdu)
    names = [column.name for column in file.columns]
    ra, dec = position(names, str(path))
    used = use_columns(side, names, str(path), {}) | {"ra": ra, "dec": dec}
    wanted = dict.fromkeys(c for c in used.values() if isinstance(c, str))
    columns = [next(c for c in file.columns if c.name == name) for name in wanted]
    types = types_of(file, columns)
    for column, kind in zip(columns, types, strict=True):
        if column.unreadable:
            raise InputFileError(
                f"The column {column.name} of {path} cannot be read: "
                f"{column.unreadable}."
            )
        if column.name != used["id"] and not is_number(kind):
            raise no_number(column.name, str(path), str(kind))
    units = {column.name: column.unit for column in columns if column.unit}
    schema = pa.schema(zip(wanted, types, strict=True))
    with _incoming(connection, file, columns, schema):
        loaded = create_side(
            connection, name, side, _INCOMING, used, units, stored=False
        )
    brought, left_out = _bring_of_file(connection, name, file, brings)
    return replace(
        loaded,
        notes=(*notes_of(file), *loaded.notes, *left_out),
        origin=kept_name(name) if brought else "",
        brought=brought,
        is_simulated=file.keywords.get("SIMULATE") is True,
    )


def _bring_of_file(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    file: TableFile,
    brings: Sequence[str],
) -> tuple[tuple[BroughtColumn, ...], list[str]]:
    """Copy the columns of a file that are brought along; return what is left out."""
    named = [(column, new) for column, new in unique_names(file.columns)]
    wanted = names_brought(brings, [new for _, new in named])
    kept = [(c, new) for c, new in named if new in wanted and not c.unreadable]
    left_out = [
        f"{new} of {file.path} is left out: {c.unreadable}."
        for c, new in named
        if new in wanted and c.unreadable
    ]
    if not kept:
        return (), left_out
    columns = [column for column, _ in kept]
    names = [new for _, new in kept]
    schema = pa.schema(zip(names, types_of(file, columns), strict=True))
    with _incoming(connection, file, columns, schema):
        connection.execute(
            f"create or replace temp table {kept_name(name)} as from {_INCOMING}"
        )
    brought = tuple(BroughtColumn(new, c.unit, c.ucd, c.description) for c, new in kept)
    return brought, left_out


@contextmanager
def _incoming(
    connection: duckdb.DuckDBPyConnection,
    file: TableFile,
    columns: Sequence[FileColumn],
    schema: pa.Schema,
) -> Iterator[None]:
    """Let SQL read columns of a file, once."""
    batches = _batches(file, columns, schema)
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    connection.register(_INCOMING, reader)
    try:
        yield
    finally:
        connection.unregister(_INCOMING)


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


def told_at_ingest(
    connection: duckdb.DuckDBPyConnection, table: TableName
) -> dict[str, str | float]:
    """Return what the ingest of a raw table was told of its positions and its id."""
    if table.schema != "raw":
        return {}
    rows = connection.execute(
        "select ra_column, dec_column, epoch, pmra_column, pmdec_column "
        "from meta.ingests where survey = ?",
        [table.name],
    ).fetchall()
    keys = ("ra", "dec", "epoch", "pmra", "pmdec")
    found = dict(zip(keys, rows[-1], strict=True)) if rows else {}
    declared = read_declared(connection).get(table.name)
    if declared is not None:
        for key, name in (("id", "source_id"), ("pmra", "pmra"), ("pmdec", "pmdec")):
            if name in declared.columns:
                found[key] = declared.columns[name].column
    return {key: value for key, value in found.items() if value is not None}
