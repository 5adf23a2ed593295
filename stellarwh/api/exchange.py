"""Tables that go to other programs of this machine, and come from them."""

import re
import shutil
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stellarwh.api.arguments import check_number, check_text, names_of, path_of
from stellarwh.api.handle import Handle
from stellarwh.api.ingests import ingest_into
from stellarwh.errors import ExchangeError, UsageError
from stellarwh.runtime.listening import note, warn

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb

    from stellarwh.ingest import IngestResult
    from stellarwh.samp.receive import ReceivedTable

# So many rows take a minute to write and to read, and much memory there.
MANY_ROWS = 1_000_000
_ENDINGS = {
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".fits": "fits",
}


@dataclass(frozen=True)
class SentTable:
    """A table that other programs took.

    Parameters
    ----------
    name : str
        What it is called there.
    rows : int
        How many rows it has.
    programs : tuple of str
        Who took it.
    """

    name: str
    rows: int
    programs: tuple[str, ...]


class Exchange(Handle):
    """A warehouse that sends tables to other programs, and takes theirs."""

    def send(
        self,
        table: str,
        *,
        to: str | None = None,
        name: str | None = None,
        columns: Sequence[str] | str = (),
        timeout: float = 300,
    ) -> SentTable:
        """Put a table, a view or a SELECT into running programs, as TOPCAT or Aladin.

        By SAMP, as a VOTable with units, UCDs and descriptions, or as FITS where a
        program takes nothing else. The file is a temporary one, there until all have
        answered.

        Parameters
        ----------
        table : str
            A table or view, or one SELECT.
        to : str, optional
            What a program calls itself: ``"topcat"``; by default all that take tables.
        name : str, optional
            What the table is called there; by default its own name. Where rows are of
            simulated catalogues the name says so.
        columns : sequence of str, or str
            Columns to send (``"ra,dec"``); with a minus before each, columns to leave
            out.
        timeout : float
            How long to wait for an answer of each (s).

        Raises
        ------
        StellarwhError
            If no hub is running, no program takes tables, or none takes this one.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(warehouse) as wh:
        ...     try:
        ...         sent = wh.send("select ra, dec, fe_h from main.parameters")
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)
        No SAMP hub is running; start TOPCAT or Aladin, which bring one, and try again.
        """
        from stellarwh.export.export import export_table, told_source
        from stellarwh.runtime.folders import temporary_folder
        from stellarwh.samp.hub import connected
        from stellarwh.samp.send import find_recipients, offer_file
        from stellarwh.warehouse.freshness import stale_runs
        from stellarwh.warehouse.stale_pairs import stale_pairs

        check_text(table, "table")
        for given, of in ((to, "to"), (name, "name")):
            if given is not None:
                check_text(given, of)
        _check_seconds(timeout)
        chosen = names_of(columns)
        with self._working(), connected("send") as client, temporary_folder() as folder:
            recipients = find_recipients(client, to)
            source = told_source(self.connection, table, chosen)
            called = name or source.name
            if source.is_simulated and "simulated" not in called.lower():
                called += " (simulated)"
            stem = re.sub(r"[^A-Za-z0-9.-]+", "_", called).strip("._") or "table"
            files = {}
            rows = 0
            for kind in {r.format: None for r in recipients}:
                files[kind] = folder / f"{stem}.{kind}"
                rows = export_table(
                    self.connection, table, files[kind], columns=chosen, kind=kind
                )
            if rows > MANY_ROWS:
                note(f"{called} has {rows:,} rows; a SELECT with LIMIT sends fewer.")
            taken = []
            refused = []
            for one in recipients:
                wrong = offer_file(client, one, files[one.format], called, timeout)
                if wrong is None:
                    taken.append(one.name)
                else:
                    refused.append(f"{one.name} {wrong}.")
            if not taken:
                raise ExchangeError(" ".join(refused))
            stale = [
                *stale_runs(self.connection, table),
                *stale_pairs(self.connection, table),
            ]
            for text in [*refused, *stale]:
                warn(text)
        return SentTable(called, rows, tuple(taken))

    def receive(
        self,
        survey: str,
        *,
        timeout: float | None = None,
        columns: Sequence[str] | str | None = None,
        replace: bool = False,
        append: bool = False,
        ra: str | None = None,
        dec: str | None = None,
        epoch: float | None = None,
        no_position: bool = False,
        declare: "Mapping[str, str] | Sequence[str] | str | None" = None,
    ) -> "IngestResult":
        """Wait for a table that another program sends, and take it as ``raw.<survey>``.

        Parameters
        ----------
        survey : str
            The name of a catalogue of your own.
        timeout : float, optional
            How long to wait (s); by default until one comes.
        columns, replace, append, ra, dec, epoch, no_position, declare
            As `ingest` takes them.

        Raises
        ------
        StellarwhError
            If no hub is running, no table comes in time, or it cannot be taken.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(folder / "two.duckdb", write=True) as wh:
        ...     try:
        ...         told = wh.receive("mine", timeout=60)
        ...     except stellarwh.StellarwhError as error:
        ...         print(error)
        No SAMP hub is running; start TOPCAT or Aladin, which bring one, and try again.
        """
        options = {
            "columns": columns,
            "replace": replace,
            "append": append,
            "ra": ra,
            "dec": dec,
            "epoch": epoch,
            "no_position": no_position,
            "declare": declare,
        }
        with self._working("receive"), received(survey, None, timeout) as table:
            return ingest_received(self.connection, survey, table, options)


@contextmanager
def received(
    survey: str | None, out: "Path | str | os.PathLike[str] | None", timeout: Any
) -> "Iterator[ReceivedTable]":
    """Wait for a table; check first where it is to go.

    Parameters
    ----------
    survey : str or None
        The catalogue that it will be.
    out : path or None
        The file that it is written to; its ending says which format is taken.
    timeout : float or None
        How long to wait (s).
    """
    from stellarwh.ingest.options import Options, check_name
    from stellarwh.samp.receive import received_table
    from stellarwh.warehouse.files.whole_file import whole_file

    if timeout is not None:
        _check_seconds(timeout)
    if survey is None and out is None:
        raise UsageError("Say where the table goes: a NAME of its own, or --out FILE.")
    if survey is not None:
        check_text(survey, "survey")
        if check_name(survey, Options()):
            raise UsageError(
                f"{survey} is a known survey, whose file is ingested; give a table "
                "that is sent a name of its own."
            )
    if out is None:
        with received_table(timeout=timeout) as table:
            yield table
        return
    path = path_of(out, "out")
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(
            f"A table is sent as VOTable or FITS; {path.name} ends in neither .vot nor "
            ".fits."
        )
    if path.exists():
        raise UsageError(f"{path} exists already; name another file.")
    with received_table([kind], timeout=timeout) as table:
        with whole_file(path) as partial:
            shutil.copyfile(table.path, partial)
        yield table


def ingest_received(
    connection: "duckdb.DuckDBPyConnection",
    survey: str,
    table: "ReceivedTable",
    options: "Mapping[str, Any]",
) -> "IngestResult":
    """Take a table that was received as ``raw.<survey>``.

    Columns that have a usual name of positions are taken for it, unless the options
    tell others: the file is gone once the user could be asked.
    """
    from stellarwh.ingest.unplaced import usual_position_in

    asked = dict(options)
    told = ("ra", "dec", "no_position", "append")
    if not any(asked.get(name) for name in told):
        found = usual_position_in(table.path)
        if found is not None:
            asked["ra"], asked["dec"] = found
            note(
                f"raw.{survey} takes {found[0]} and {found[1]} for the position (deg, "
                "ICRS); --ra and --dec name others."
            )
    (result,) = ingest_into(connection, survey, [table.path], asked)
    return result


def _check_seconds(timeout: Any) -> None:
    check_number(timeout, "timeout", "seconds")
    if not timeout > 0:
        raise UsageError(f"timeout={timeout!r} is no number of seconds.")
