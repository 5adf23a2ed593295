"""What a warehouse holds of spectra already, and knows of their stars."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
import numpy as np

from stellarwh.errors import UsageError
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.listening import note
from stellarwh.spectra.bands import Definitions, Index
from stellarwh.spectra.definitions import read_definitions
from stellarwh.warehouse.database import transaction

# Raw tables of each survey whose velocities are in the frame of its spectra, the column
# of the spectra's source_id, and those of the velocity and its error (km/s).
_VELOCITIES = {
    "lamost": (("lamost", "obsid", "rv", "rv_err"),),
    "galah": (
        ("galah", "sobject_id", "rv_galah", "e_rv_galah"),
        ("galah_dr4", "sobject_id", "rv_comp_1", "e_rv_comp_1"),
    ),
}


class HeldSpectrum(NamedTuple):
    """A spectrum of a file, as ``raw.spectra`` has it."""

    file: str
    number: int
    spectrum_id: str | None
    velocity: float | None
    refusal: str | None
    is_of_this_run: bool
    version: str


class CatalogueVelocity(NamedTuple):
    """A velocity of a catalogue, in km/s; None where its error is not known."""

    velocity: float
    err: float | None


@dataclass(frozen=True)
class Held:
    """Looks up what is held of the spectra of a survey.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing.
    survey : str
        Whose spectra they are.
    run : datetime
        When this run began: ``ingested_at`` of what it writes.
    """

    connection: duckdb.DuckDBPyConnection
    survey: str
    run: object

    def of_hashes(
        self, hashes: Collection[str | None]
    ) -> Mapping[str, list[HeldSpectrum]]:
        """Return what is held of files, by their SHA-256."""
        rows = self.connection.execute(
            "select sha256, file, spectrum_number, spectrum_id, velocity, refusal, "
            "ingested_at = $run, version from raw.spectra where survey = $survey "
            "and sha256 in (select unnest($hashes::varchar[])) order by all",
            {
                "run": self.run,
                "survey": self.survey,
                "hashes": [h for h in hashes if h is not None],
            },
        ).fetchall()
        found: dict[str, list[HeldSpectrum]] = {}
        for sha256, *row in rows:
            found.setdefault(sha256, []).append(HeldSpectrum(*row))
        return found

    def of_ids(self, ids: Collection[str], *, this_run: bool) -> Mapping[str, str]:
        """Return the files of spectra that are held, by their ids.

        With ``this_run``, of those alone that this run took.
        """
        more = " and ingested_at = $run" if this_run else ""
        parameters: dict[str, object] = {"survey": self.survey, "ids": list(ids)}
        if this_run:
            parameters["run"] = self.run
        rows = self.connection.execute(
            "select spectrum_id, file from raw.spectra where survey = $survey "  # noqa: S608 - constant
            "and refusal is null "
            f"and spectrum_id in (select unnest($ids::varchar[])){more}",
            parameters,
        ).fetchall()
        return dict(rows)

    def measured(self, ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return the names of the indices that spectra have rows of, by their ids."""
        rows = self.connection.execute(
            "select spectrum_id, list(index_name) from raw.spectral_indices "
            "where survey = ? and spectrum_id in (select unnest(?::varchar[])) "
            "group by spectrum_id",
            [self.survey, list(ids)],
        ).fetchall()
        return {spectrum: frozenset(names) for spectrum, names in rows}

    def lacks_any(self, names: Collection[str]) -> bool:
        """Return whether any spectrum has no row of any of some indices."""
        ((spectra,),) = self.connection.execute(
            "select count(*) from raw.spectra where survey = ? and refusal is null",
            [self.survey],
        ).fetchall()
        rows = self.connection.execute(
            "select index_name, count(*) from raw.spectral_indices where survey = ? "
            "group by index_name",
            [self.survey],
        ).fetchall()
        counts = dict(rows)
        return any(counts.get(name, 0) < spectra for name in names)

    def velocities(self, ids: Iterable[str | None]) -> dict[str, CatalogueVelocity]:
        """Return the velocities that ingested catalogues have, by their ids."""
        wanted = [int(i) for i in ids if i is not None and i.isascii() and i.isdigit()]
        found: dict[str, CatalogueVelocity] = {}
        for table, key, velocity, err in self._tables() if wanted else ():
            rows = self.connection.execute(
                f"select {key}, arg_min(v, coalesce(e, 1e9)), min(e) "  # noqa: S608 - constant names
                f"from (select {key}, null_if_missing({velocity}) as v, "
                f"null_if_missing_error({err}) as e from raw.{quote_identifier(table)} "
                f"where {key} in (select unnest(?::hugeint[]))) "
                f"where v is not null group by {key}",
                [wanted],
            ).fetchall()
            for source, value, error in rows:
                found.setdefault(str(source), CatalogueVelocity(value, error))
        return found

    def _tables(self) -> Iterable[tuple[str, str, str, str]]:
        for table in _VELOCITIES.get(self.survey, ()):
            rows = self.connection.execute(
                "select column_name from duckdb_columns() where schema_name = 'raw' "
                "and table_name = ? and database_name = current_database()",
                [table[0]],
            ).fetchall()
            if set(table[1:]) <= {row[0] for row in rows}:
                yield table


def definition_of(index: Index) -> str:
    """Return what the values of an index are of, as one line, with every digit.

    Examples
    --------
    >>> from stellarwh.spectra.definitions import read_definitions
    >>> definition_of(read_definitions().chosen(["CN1"]).indices[0])
    'mag: 4142.125-4177.125; continuum by 4080.125-4117.625 4244.125-4284.125; air'
    """
    return _written(index, lambda number: np.format_float_positional(number, trim="-"))


def _rounded(index: Index) -> str:
    """Return a definition as warehouses have it whose numbers have six digits."""
    return _written(index, "{:g}".format)


def _written(index: Index, number: Callable[[float], str]) -> str:
    bands = " ".join(
        ("" if band.weight == 1 else f"{number(band.weight)}*")
        + f"{number(band.lo)}-{number(band.hi)}"
        for band in index.bands
    )
    sides = " ".join(f"{number(band.lo)}-{number(band.hi)}" for band in index.continuum)
    how = "fitted to" if index.is_fitted else "by"
    shape = "" if index.shape == "box" else f", {index.shape}"
    return f"{index.unit}: {bands}{shape}; continuum {how} {sides}; {index.medium}"


@dataclass(frozen=True)
class Taken:
    """Definitions that are to be written with the first values of theirs.

    Attributes
    ----------
    new : list of tuple
        Rows of ``meta.measured_indices``.
    dropped : list of str
        Names that were measured by another definition.
    """

    new: list[tuple[str, str, str, str, bool]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write what the values of indices are of, within a transaction.

        Values by another definition of the same name go.
        """
        for name in self.dropped:
            ((dropped,),) = connection.execute(
                "delete from raw.spectral_indices where index_name = ?", [name]
            ).fetchall()
            note(f"{dropped:,} rows of {name} by another definition are dropped.")
            connection.execute(
                "delete from meta.measured_indices where index_name = ?", [name]
            )
        if self.new:
            connection.executemany(
                "insert into meta.measured_indices values (?, ?, ?, ?, ?)", self.new
            )
        self.new.clear()
        self.dropped.clear()


def take_definitions(
    connection: duckdb.DuckDBPyConnection, definitions: Definitions, *, replace: bool
) -> Taken:
    """Return what is to be written of definitions before values of theirs are.

    What older versions wrote of stellarwh's own indices, with six digits, is brought up
    to date here. Of a user's own it is not known what more digits there were.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing.
    definitions : Definitions
        What is about to be measured.
    replace : bool
        Whether values of another definition of the same name may be dropped.

    Raises
    ------
    UsageError
        If one of the names was measured by another definition.
    """
    rows = connection.execute(
        "select lower(index_name), index_name, definition from meta.measured_indices"
    ).fetchall()
    known = {low: (name, text) for low, name, text in rows}
    ours = set(read_definitions().names)
    taken = Taken()
    exact = []
    for index in definitions.indices:
        text = definition_of(index)
        before = known.get(index.name.lower())
        if before == (index.name, text):
            continue
        if before == (index.name, _rounded(index)) and index.name in ours:
            exact.append((text, index.name))
            continue
        if before is not None:
            if not replace:
                advice = "" if index.name in ours else "Give it another name, or "
                raise UsageError(
                    f"{index.name} was measured before as {before[0]} by another "
                    f"definition ({before[1]}); this one is {text}. {advice}"
                    f"{'give' if advice else 'Give'} --replace to drop its values, of "
                    "all surveys, and measure it in these files."
                )
            taken.dropped.append(before[0])
        taken.new.append(
            (index.name, index.unit, text, index.source, index.name not in ours)
        )
    if exact:
        with transaction(connection):
            connection.executemany(
                "update meta.measured_indices set definition = ? where index_name = ?",
                exact,
            )
    return taken
