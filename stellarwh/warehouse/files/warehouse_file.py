"""The file of a warehouse: what may be opened as one, and how it is made."""

import re
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.errors import InUseError, WarehouseError
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.runtime.interrupts import interruptible
from stellarwh.runtime.limits import (
    available_cores,
    limit_of_memory,
    threads_within_limit,
)
from stellarwh.runtime.processes import command_of
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.objects import SCHEMAS, STORAGE_VERSION

# What a DuckDB file has behind the checksum of its first block.
_MAGIC = b"DUCK"

# DuckDB's part of the memory of a process, and what it needs to read a catalogue.
_PART_OF_MEMORY = 4
_LEAST_MEMORY = 128 << 20
# Names of databases that an instance has before a file is attached.
_TAKEN = {"main", "memory", "system", "temp"}


def check_path(path: Path) -> None:
    """Refuse what DuckDB would open as something else than a file of its own."""
    if str(path) == ":memory:":
        raise WarehouseError(
            "A warehouse is a file: what ':memory:' holds is lost when the command "
            "ends; name a path with --warehouse."
        )
    if path.is_dir():
        raise WarehouseError(f"{path} is a folder; name the warehouse file itself.")
    # DuckDB calls a database after its file, and then finds neither of the two.
    if path.name.partition(".")[0].lower() in SCHEMAS:
        raise WarehouseError(
            f"A warehouse cannot be called {path.name}: in it, "
            f"{path.name.partition('.')[0]} is the name of a schema; rename the file."
        )
    if not path.exists():
        return
    if not path.is_file():
        raise WarehouseError(f"{path} is no file; name another one with --warehouse.")
    try:
        with path.open("rb") as file:
            is_database = file.read(12)[8:] == _MAGIC
    except OSError as error:
        raise WarehouseError(f"{path} cannot be read: {error.strerror}.") from None
    if not is_database:
        raise WarehouseError(
            f"{path} is not a DuckDB file; name another one with --warehouse."
        )


def stored_size(path: Path) -> int | None:
    """Return the bytes of a warehouse; None where it is not stored, or moved away."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def connect_file(
    path: Path, *, read_only: bool, called: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Connect to the file, made where it is missing and is to be written.

    Parameters
    ----------
    path : Path
        The file.
    read_only : bool
        Whether others may read it, too.
    called : Path, optional
        What its user calls it, if not so.

    Raises
    ------
    InUseError
        If another process has the file.
    WarehouseError
        If DuckDB does not open it.
    """
    # Absolute: 'md:name' and the like would make DuckDB load an extension.
    absolute = path.absolute()
    config: dict[str, Any] = within_limit()
    if not read_only:
        config["storage_compatibility_version"] = STORAGE_VERSION
    try:
        return interruptible(
            duckdb.connect(  # noqa: TID251 - the one place that may
                str(absolute), read_only=read_only, config=config
            )
        )
    except (duckdb.Error, OSError) as error:
        raise not_opened(called or path, str(error)) from None


def connect_apart(path: Path) -> duckdb.DuckDBPyConnection:
    """Connect to a file that is only read, whatever this process opened before.

    DuckDB gives a process one instance of a file, with one set of settings, and keeps
    it while anybody uses it, though another file stands in its place by then. Here the
    file is attached to an instance of its own.

    Raises
    ------
    InUseError
        If another process writes to the file.
    WarehouseError
        If DuckDB does not open it.
    """
    connection = duckdb.connect(config=within_limit())  # noqa: TID251 - as above
    name = catalog_of(path)
    try:
        connection.execute(
            f"attach {quote_text(str(path.absolute()))} "
            f"as {quote_identifier(name)} (read_only)"
        )
        connection.execute(f"use {quote_identifier(name)}")
    except (duckdb.Error, OSError) as error:
        connection.close()
        raise not_opened(path, str(error)) from None
    return interruptible(connection)


def catalog_of(path: Path) -> str:
    """Return what a file is called within the instance that `connect_apart` makes."""
    return f"{path.stem}_file" if path.stem.lower() in _TAKEN else path.stem


def not_opened(path: Path, message: str) -> WarehouseError:
    """Return the error that says in one line why DuckDB does not open the file."""
    if "Could not set lock" in message:
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", message)
        by = "by another process"
        if holder:
            program = command_of(int(holder[2])) or holder[1]
            by = f"by '{program}' (process {holder[2]})"
        return InUseError(f"{path} is in use {by}")
    return WarehouseError(f"{path} cannot be opened: {first_line(message)}")


def within_limit() -> dict[str, Any]:
    """Return what DuckDB is told where this process may have little memory.

    It starts its threads as soon as it is loaded, before any statement.
    """
    limit = limit_of_memory()
    if limit is None:
        return {}
    part = max(_LEAST_MEMORY, limit // _PART_OF_MEMORY)
    return {
        "threads": threads_within_limit(available_cores()),
        "memory_limit": f"{part >> 20}MiB",
    }
