"""The warehouse file: how it is opened, created and set up."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import WarehouseError
from stellarwh.ingested_positions import write_ingested_positions
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.sqlfiles import read_sql_files

DEFAULT_WAREHOUSE = Path("warehouse/stellar.duckdb")
SCHEMAS = ("raw", "staging", "matching", "features", "ml", "meta")
# Released duckdb shells refuse files of a newer storage version than their own, so
# the file is written in the oldest one that can hold what we store.
STORAGE_VERSION = "v1.2.0"
# DuckDB's own size of a row group, and of the vectors that it consists of.
ROW_GROUP_ROWS = 122_880
VECTOR_ROWS = 2048


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse file and close it when the block ends.

    Parameters
    ----------
    path : Path
        The DuckDB file. A writable open creates it, with its folder.
    read_only : bool
        Open without a lock on the file; it must exist.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Time zone UTC; schemas, written tables and macros in place.

    Raises
    ------
    WarehouseError
        If the file is missing (read-only), locked, not writable or not a warehouse.
    """
    existed = path.exists()
    if read_only and not existed:
        raise WarehouseError(
            f"There is no warehouse at {path}; run 'stellarwh demo' or "
            "'stellarwh ingest SURVEY FILE' first, or name one with --warehouse."
        )
    connection = _connect(path, read_only=read_only)
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        if not read_only:
            _set_up(connection)
        yield connection
    except BaseException:
        # A first command that failed leaves no empty warehouse behind.
        is_empty = not existed and not read_only and _holds_nothing(connection)
        connection.close()
        if is_empty:
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
        raise
    finally:
        connection.close()


@contextmanager
def open_scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty warehouse in memory, for what needs none of a file."""
    connection = duckdb.connect()  # noqa: TID251 - as `open_warehouse`
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        _set_up(connection)
        yield connection
    finally:
        connection.close()


def _holds_nothing(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether nothing was ever ingested or built, so that nothing can be lost."""
    try:
        counted = connection.execute(
            "select (select count(*) from meta.ingests) "
            "+ (select count(*) from meta.builds)"
        ).fetchall()
    except duckdb.Error:
        return True
    return bool(counted[0][0] == 0)


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    if path.is_dir():
        raise WarehouseError(f"{path} is a folder; name the warehouse file itself.")
    config: dict[str, str | bool | int | float | list[str]] = {}
    if not read_only:
        config["storage_compatibility_version"] = STORAGE_VERSION
    try:
        if not read_only and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, config)
        return duckdb.connect(  # noqa: TID251 - the one place that may
            str(path), read_only=read_only, config=config
        )
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(_reason_not_opened(path, str(error))) from None


def _create(
    path: Path, config: dict[str, str | bool | int | float | list[str]]
) -> None:
    """Make an empty database, under its name only once its file is whole.

    DuckDB never again opens a file whose first blocks a full disk or a kill cut short.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        duckdb.connect(str(fresh), config=config).close()  # noqa: TID251 - as below
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            return  # another process was faster
        except OSError:  # a file system without hard links
            fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_name(fresh.name + ".wal").unlink(missing_ok=True)


def _reason_not_opened(path: Path, message: str) -> str:
    if "lock" in message.lower():
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", message)
        by = f"by {holder[1]} (process {holder[2]})" if holder else "by another process"
        return f"{path} is in use {by}; wait for it to end or close it, then try again."
    if "not a valid DuckDB database" in message:
        return f"{path} is not a DuckDB file; name another one with --warehouse."
    return f"{path} cannot be opened: {first_line(message)}"


def first_line(message: str) -> str:
    """Return a DuckDB message as one line, without its class and source excerpt."""
    text = message.split("\n\nLINE ")[0].strip() or "unknown error"
    joined = " ".join(line.strip() for line in text.splitlines() if line.strip())
    return re.sub(r"^[\w ]+ Error: ", "", joined)


@contextmanager
def row_groups_of(connection: duckdb.DuckDBPyConnection, rows: int) -> Iterator[None]:
    """Write row groups of ``rows`` rows within the block, instead of 122,880.

    Each thread that writes holds a row group in memory. DuckDB takes their size only
    when a file is opened: the warehouse is closed and opened again, twice.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse without open transaction and without other connections.
    rows : int
        A multiple of 2,048.

    Raises
    ------
    WarehouseError
        If another process took the file in between.
    """
    if rows == ROW_GROUP_ROWS:
        yield
        return
    _attach_again(connection, rows)
    try:
        yield
    finally:
        _attach_again(connection, ROW_GROUP_ROWS)


def _attach_again(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    found = connection.execute(
        "select database_name, path from duckdb_databases() "
        "where database_name = current_database() and path is not null"
    ).fetchall()
    for name, path in found:
        quoted = quote_identifier(name)
        connection.execute("attach if not exists ':memory:' as stellarwh_aside")
        connection.execute("use stellarwh_aside")
        connection.execute(f"detach {quoted}")
        try:
            connection.execute(
                f"attach {quote_text(path)} as {quoted} "
                f"(row_group_size {rows}, storage_version '{STORAGE_VERSION}')"
            )
        except duckdb.Error as error:
            raise WarehouseError(_reason_not_opened(Path(path), str(error))) from None
        connection.execute(f"use {quoted}")
        connection.execute("detach stellarwh_aside")


def _set_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schemas, the tables that Python writes, and the macros."""
    try:
        with transaction(connection):
            create_tables(connection)
            known = connection.execute(
                "select 1 from duckdb_functions() "
                "where function_name = 'healpix_nested' and not internal"
            ).fetchone()
            if not known:
                create_macros(connection)
                write_ingested_positions(connection)
    except duckdb.Error as error:
        raise WarehouseError(
            f"The warehouse cannot be set up: {first_line(str(error))}"
        ) from None


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every schema and every table of ``sql/tables`` that is missing."""
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    for path in sorted((content_dir("sql") / "tables").glob("*.sql")):
        connection.execute(path.read_text(encoding="utf-8"))


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create or replace every macro of ``sql/macros`` that needs no view."""
    for file in read_sql_files(content_dir("sql")):
        if file.kind == "macro":
            connection.execute(file.sql)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did, or roll all of it back if it raised."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
