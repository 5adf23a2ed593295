"""Write a table of the warehouse to a file, with its units and descriptions."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.console import progress
from stellarwh.database import first_line
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.fitswriter import FitsColumn, write_fits
from stellarwh.quoting import quote_identifier, quote_table, quote_text
from stellarwh.tables import find_table

_BATCH_ROWS = 50_000
# TNULL of an integer column: the smallest value of its type.
_SMALLEST = {pa.int16(): -(2**15), pa.int32(): -(2**31), pa.int64(): -(2**63)}


def export_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    *,
    overwrite: bool = False,
) -> int:
    """Write a table or view to ``path``; the file appears whole or not at all.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        A table or view, with or without its schema.
    path : Path
        The file; its ending chooses the format: .parquet, .csv, .csv.gz or .fits.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    UsageError
        If the ending is unknown or the file exists already.
    WarehouseError
        If there is no such table or the file cannot be written.
    """
    name = find_table(connection, table)
    write = _writer_of(path)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already; add --overwrite to replace it.")
    with _whole_file(path) as partial:
        return write(connection, name, partial)


def write_arrow(table: pa.Table, path: Path) -> int:
    """Write an Arrow table to a new file as `export_table` does."""
    write = _writer_of(path)
    if path.exists():
        raise UsageError(f"{path} exists already; name another file.")
    with _whole_file(path) as partial:
        connection = duckdb.connect()  # noqa: TID251 - in memory, beside the warehouse
        connection.register("pairs", table)
        return write(connection, "pairs", partial)


_Writer = Callable[[duckdb.DuckDBPyConnection, str, Path], int]


def _writer_of(path: Path) -> _Writer:
    writers: dict[str, _Writer] = {
        ".parquet": _write_parquet,
        ".csv": _write_csv,
        ".csv.gz": _write_csv,
        ".fits": _write_fits_table,
    }
    for ending, write in writers.items():
        if path.name.lower().endswith(ending):
            return write
    raise UsageError(
        f"The ending of {path.name} names no format; use {', '.join(writers)}."
    )


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """Give a partial name beside ``path`` and rename it when the block succeeds."""
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"{path} cannot be written: {first_line(str(error))}"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    counted = connection.execute(
        f"select count(*) from {quote_table(name)}"  # noqa: S608 - quoted identifier
    ).fetchall()
    return int(counted[0][0])


def _column_facts(
    connection: duckdb.DuckDBPyConnection, name: str
) -> dict[str, dict[str, str]]:
    """Return unit, ucd and description of each column that has them."""
    if "." not in name:
        return {}
    rows = connection.execute(
        "select column_name, unit, ucd, description from meta.columns "
        "where schema_name || '.' || table_name = ?",
        [name],
    ).fetchall()
    keys = ("unit", "ucd", "description")
    return {
        column: {key: text for key, text in zip(keys, texts, strict=True) if text}
        for column, *texts in rows
    }


def _write_parquet(connection: duckdb.DuckDBPyConnection, name: str, to: Path) -> int:
    facts = json.dumps(_column_facts(connection, name), ensure_ascii=False)
    connection.execute(
        f"copy {quote_table(name)} to {quote_text(str(to))} (format parquet, "
        f"compression zstd, kv_metadata {{columns: {quote_text(facts)}}})"
    )
    return _count(connection, name)


def _write_csv(connection: duckdb.DuckDBPyConnection, name: str, to: Path) -> int:
    compression = "gzip" if to.name.lower().endswith(".gz") else "none"
    connection.execute(
        f"copy {quote_table(name)} to {quote_text(str(to))} "
        f"(format csv, header, compression {compression})"
    )
    return _count(connection, name)


def _write_fits_table(
    connection: duckdb.DuckDBPyConnection, name: str, to: Path
) -> int:
    rows = _count(connection, name)
    relation = connection.sql(f"from {quote_table(name)}")
    relation = relation.select(
        ", ".join(
            f"{_plain(column, str(kind))} as {quote_identifier(column)}"
            for column, kind in zip(relation.columns, relation.types, strict=True)
        )
    )
    facts = _column_facts(connection, name)
    columns = [
        _fits_column(relation, field, facts.get(field.name, {}))
        for field in relation.limit(0).to_arrow_table().schema
    ]
    with progress(f"write {to.name}", rows) as bar:
        write_fits(
            relation.to_arrow_reader(_BATCH_ROWS),
            to,
            columns,
            rows,
            name=name.rpartition(".")[2],
            progress=bar.advance,
        )
    return rows


def _plain(column: str, kind: str) -> str:
    """Return SQL that gives a column in a type FITS has."""
    name = quote_identifier(column)
    if kind in ("BOOLEAN", "UTINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR"):
        return name
    if kind in ("FLOAT", "DOUBLE"):
        return name
    if kind == "VARCHAR[]":
        return f"array_to_string({name}, ';')"
    if kind == "TINYINT":
        return f"{name}::smallint"
    if kind in ("USMALLINT", "UINTEGER"):
        return f"{name}::bigint"
    if kind.startswith(("DECIMAL", "HUGEINT", "UHUGEINT", "UBIGINT")):
        return f"{name}::double"
    if kind.endswith("]") and kind.startswith(
        ("FLOAT[", "DOUBLE[", "SMALLINT[", "INTEGER[", "BIGINT[")
    ):
        return name if not kind.endswith("[]") else f"{name}::varchar"
    return f"{name}::varchar"


def _fits_column(
    relation: duckdb.DuckDBPyRelation, field: pa.Field, facts: dict[str, str]
) -> FitsColumn:
    name = quote_identifier(field.name)
    width, null = 1, None
    if pa.types.is_string(field.type):
        width = _single(relation, f"max(octet_length(encode({name})))") or 1
    elif pa.types.is_fixed_size_list(field.type):
        width = field.type.list_size
    elif field.type in _SMALLEST:
        missing = _single(relation, f"count(*) - count({name})")
        null = _SMALLEST[field.type] if missing else None
    return FitsColumn(field.name, field.type, width, null, **facts)


def _single(relation: duckdb.DuckDBPyRelation, expression: str) -> int | None:
    found = relation.aggregate(expression).fetchall()
    return None if found[0][0] is None else int(found[0][0])
