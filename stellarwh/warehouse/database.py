"""The warehouse file: how it is opened, created and set up."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.quoting import quote_text
from stellarwh.runtime.folders import temporary_folder
from stellarwh.runtime.interrupts import interruptible
from stellarwh.runtime.listening import note
from stellarwh.runtime.offline import check_local
from stellarwh.warehouse.files.in_place import checkpoint
from stellarwh.warehouse.files.spilled import spill_folder
from stellarwh.warehouse.files.waiting import once_free
from stellarwh.warehouse.files.warehouse_file import (
    check_path,
    connect_apart,
    connect_file,
    within_limit,
)
from stellarwh.warehouse.files.working_copy import WorkingCopy
from stellarwh.warehouse.foreign import check_macros, check_tables
from stellarwh.warehouse.ingested_positions import write_ingested_positions
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.objects import (
    create_macros,
    create_tables,
    shadow_macros,
)

__all__ = [
    "open_scratch",
    "open_warehouse",
    "publish",
    "transaction",
]

# What connections write to, until it is put in the warehouse's place.
_COPIES: dict[int, WorkingCopy] = {}


@contextmanager
def open_warehouse(
    path: Path,
    *,
    read_only: bool = False,
    create: bool = True,
    computes: bool = True,
    builds: bool = False,
    runs: str | None = None,
    files: Sequence[Path | str] = (),
    folders: Sequence[Path | str] = (),
    apart: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse file and close it when the block ends.

    Its SQL may be anybody's, so the connection reaches no file but the warehouse and
    those named here, no network and no extension, and its settings are locked.

    Parameters
    ----------
    path : Path
        The DuckDB file. A writable open creates it, with its folder.
    read_only : bool
        Open beside others that read or write; the file must exist. Else it is a copy
        of the warehouse that is written (`WorkingCopy`): whoever reads sees what was
        there until the block ends without an error, or `publish` is called.
    create : bool
        False where the file must exist although it is written.
    computes : bool
        False where no macro is run, only rows are counted.
    builds : bool
        True where stored tables are about to be made anew, whatever stands there.
    runs : str, optional
        The SQL or the name of the table that will be read, where nothing else calls a
        macro: the others are not put in place.
    files, folders : sequence of Path or str
        Files that SQL may read and write all the same, and folders of such files.
    apart : bool
        Where it is only read: beside whatever else this process has open of it.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Time zone UTC; schemas, written tables and macros in place.

    Raises
    ------
    InUseError
        If another process has it, longer than `waiting_up_to` allows.
    WarehouseError
        If the file is missing, not writable or not a warehouse, or holds something in
        place of what is ours.
    """
    check_local(path, WarehouseError, "Name a path with --warehouse.")
    if not path.exists() and (read_only or not create):
        raise WarehouseError(
            f"There is no warehouse at {path}; run 'stellarwh demo' or "
            "'stellarwh ingest SURVEY FILE' first, or name one with --warehouse."
        )
    check_path(path)
    if read_only:
        connect = connect_apart if apart else partial(connect_file, read_only=True)
        connection = once_free(lambda: connect(path))
        copy = None
    else:
        connection, copy = once_free(lambda: _connect_copy(path))
    after = ExitStack()
    try:
        connection.execute("set timezone = 'UTC'")
        _hide_progress_bar(connection)
        _share_no_subplans(connection)
        if copy is None or copy.in_place is not None:
            spilled = str(after.enter_context(spill_folder(path)))
            connection.execute(f"set temp_directory = {quote_text(spilled)}")
        _lock(connection, files, folders)
        macros = check_macros(connection)
        check_tables(connection, stored=not builds)
        are_ours = not read_only and _set_up(connection, macros)
        if computes and not are_ours:
            if read_only and "ingested_positions" not in macros:
                write_ingested_positions(connection, temporary=True)
            shadow_macros(connection, macros, runs)
        if copy is not None:
            _COPIES[id(connection)] = copy
        yield connection
        if copy is not None:
            checkpoint(connection)
            connection.close()
            copy.finish()
    finally:
        _COPIES.pop(id(connection), None)
        # One after the other, whichever of them fails: nothing stays locked.
        with ExitStack() as last:
            if copy is not None:
                last.callback(copy.drop)
            last.callback(after.close)
            last.callback(connection.close)


def _connect_copy(path: Path) -> tuple[duckdb.DuckDBPyConnection, WorkingCopy]:
    copy = WorkingCopy(path)
    try:
        connection = connect_file(copy.file, read_only=False, called=path)
    except BaseException:
        copy.drop()
        raise
    try:
        copy.connected(connection)
    except BaseException:
        connection.close()
        copy.drop()
        raise
    if copy.in_place is not None:
        note(
            f"{path} is written in place ({copy.in_place}): until this ends, no other "
            "process can read it."
        )
    return connection, copy


def publish(connection: duckdb.DuckDBPyConnection) -> None:
    """Let others see what was written so far; no later failure undoes it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        As `open_warehouse` yields it, without open transaction. Nothing is done where
        it reads only, or the file itself is written.

    Raises
    ------
    WarehouseError
        If it cannot be stored, or another process wrote to the warehouse.
    """
    copy = _COPIES.get(id(connection))
    if copy is not None:
        checkpoint(connection)
        copy.publish()


@contextmanager
def open_scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty warehouse in memory, for what needs none of a file."""
    connection = interruptible(
        duckdb.connect(config=within_limit())  # noqa: TID251 - as `open_warehouse`
    )
    # What does not fit in memory goes here, not to a folder where the user is.
    with temporary_folder() as folder:
        try:
            connection.execute("set timezone = 'UTC'")
            _hide_progress_bar(connection)
            _share_no_subplans(connection)
            connection.execute(f"set temp_directory = {quote_text(str(folder))}")
            _lock(connection)
            _set_up(connection)
            yield connection
        finally:
            connection.close()


def _hide_progress_bar(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB show no progress of its own; a notebook would show it."""
    # Jupyter without its widgets refuses even to turn off what is not on.
    ((shown,),) = connection.sql(
        "select current_setting('enable_progress_bar')"
    ).fetchall()
    if shown:
        connection.execute("set enable_progress_bar = false")


def _share_no_subplans(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave out what lets a query of DuckDB 2.0 wait for itself.

    Where parts of a query are alike it runs them once; below a LIMIT all its threads
    may then wait for each other, and not even an interrupt ends that.
    """
    known = "select 1 from duckdb_optimizers() where name = 'common_subplan'"
    if connection.sql(known).fetchall():
        connection.execute("set disabled_optimizers = 'common_subplan'")


def _lock(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path | str] = (),
    folders: Sequence[Path | str] = (),
) -> None:
    """Close everything outside the warehouse to the SQL of this connection."""
    for setting, paths in (("allowed_paths", files), ("allowed_directories", folders)):
        connection.execute(
            f"set {setting} = $paths",
            {"paths": [str(Path(p).absolute()) for p in paths]},
        )
    connection.execute("set python_enable_replacements = false")
    connection.execute("set enable_external_access = false")
    # How an ingest stores its rows depends on the file; plans are read as JSON; a
    # report reads views of some stars by their own names.
    connection.execute(
        "set allowed_configs = ['memory_limit', 'threads', 'preserve_insertion_order', "
        "'explain_output', 'enable_profiling', 'TimeZone', 'schema', 'search_path']"
    )
    connection.execute("set lock_configuration = true")


def _set_up(
    connection: duckdb.DuckDBPyConnection, macros: Mapping[str, str] | None = None
) -> bool:
    """Create schemas, the tables that Python writes, and those macros that lack.

    Returns
    -------
    bool
        Whether all macros were, so that there are none of another version.
    """
    macros = macros or {}
    try:
        with transaction(connection):
            create_tables(connection)
            known = "healpix_nested" in macros
            if not known:
                create_macros(connection)
            # One of an earlier version may have the others and not this one.
            if not known or "ingested_positions" not in macros:
                write_ingested_positions(connection)
    except duckdb.Error as error:
        raise WarehouseError(
            f"The warehouse cannot be set up: {first_line(str(error))}"
        ) from None
    return not known


def check_no_transaction(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a connection that has a transaction open.

    Raises
    ------
    WarehouseError
        Saying how to end it.
    """
    # Without one each statement has a number of its own. To try to begin one would
    # spoil the one that is open.
    try:
        first, second = (
            connection.execute("select txid_current()").fetchall() for _ in range(2)
        )
    except duckdb.TransactionException:
        raise _of_another() from None
    if first == second:
        raise _of_another()


@contextmanager
def none_within_another() -> Iterator[None]:
    """Say in a sentence what is wrong where the user's transaction is in the way."""
    try:
        yield
    except duckdb.TransactionException:
        raise _of_another() from None


def _of_another() -> WarehouseError:
    return WarehouseError(
        "A transaction is open on the connection of the warehouse; end it first, with "
        "connection.commit() or connection.rollback()."
    )


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
