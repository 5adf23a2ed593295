"""The file of a warehouse: what may be opened as one, and how it is made."""

import os
import re
from pathlib import Path

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.messages import first_line
from stellarwh.objects import SCHEMAS, STORAGE_VERSION

# What a DuckDB file has behind the checksum of its first block.
_MAGIC = b"DUCK"


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


def connect_file(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Connect to the file, made where it is missing and is to be written."""
    # Absolute: 'md:name' and the like would make DuckDB load an extension.
    path = path.absolute()
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
        raise WarehouseError(reason_not_opened(path, str(error))) from None


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


def reason_not_opened(path: Path, message: str) -> str:
    """Return in one line why DuckDB does not open the file."""
    if "lock" in message.lower():
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", message)
        by = f"by {holder[1]} (process {holder[2]})" if holder else "by another process"
        return f"{path} is in use {by}; wait for it to end or close it, then try again."
    return f"{path} cannot be opened: {first_line(message)}"
