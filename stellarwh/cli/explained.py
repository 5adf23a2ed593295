"""Why a command failed in a warehouse whose objects are not ours any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import TyperException

from stellarwh.cli.process import Interrupted, Unread
from stellarwh.errors import StellarwhError, UnfitError, WarehouseError
from stellarwh.runtime.interrupts import is_interrupt
from stellarwh.warehouse.room import is_of_room

# What says itself what is wrong.
_CLEAR = (
    StellarwhError,
    OSError,
    MemoryError,
    typer.Exit,
    typer.Abort,
    TyperException,
    Interrupted,
    Unread,
)


@contextmanager
def explained(context: Any) -> Iterator[None]:
    """Name the object that a failure came from, if one is not as a build makes it.

    Raises
    ------
    WarehouseError
        In place of whatever else was raised.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, _CLEAR) and not isinstance(error, UnfitError):
            raise
        if is_interrupt(error) or is_of_room(error):
            raise
        wrong = _first_difference(context.find_root().obj, error)
        if wrong is None:
            raise
        raise WarehouseError(wrong) from error


def _first_difference(path: Any, error: Exception) -> str | None:
    import duckdb

    from stellarwh.warehouse.shapes import first_difference

    machine = (
        duckdb.IOException,
        duckdb.OutOfMemoryException,
        duckdb.PermissionException,
        duckdb.InterruptException,
    )
    if isinstance(error, machine) or not isinstance(path, Path):
        return None
    try:
        return first_difference(path)
    except (StellarwhError, duckdb.Error, OSError):
        return None
