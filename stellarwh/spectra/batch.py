"""A batch of files: which of them are new, and what becomes of each."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stellarwh import __version__
from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.held import CatalogueVelocity, Held, HeldSpectrum
from stellarwh.spectra.store import Rows, plain
from stellarwh.spectra.velocity import APART, is_possible
from stellarwh.spectra.work import Facts, Found, Hashed, ReadFile, Wanted

REST, CATALOGUE, HEADER, BY_LINES = "rest", "catalogue", "header", "cross-correlation"


_NOTHING = float("nan")
# Surveys that observe no galaxies.
_OF_STARS = ("galah", "apogee")


class Stated(NamedTuple):
    """What is known of the velocity of a spectrum before its lines are measured.

    Attributes
    ----------
    velocity : float or None
        km/s; None is one that its lines must tell.
    err : float
        Its error, NaN where that is not known.
    source : str
        What it is from.
    disputed : float or None
        One that is stated by a catalogue, and another by the header.
    """

    velocity: float | None
    err: float
    source: str
    disputed: float | None = None


class Refusal(NamedTuple):
    """A file that was refused, or one of its spectra, and why."""

    file: str
    reason: str


@dataclass
class Outcome:
    """What became of the files of a batch.

    Attributes
    ----------
    rows : Rows
        What is to be written.
    files : int
        How many they are.
    spectra, measured_anew, held : int
        Spectra that are new; that were held, and have further indices now; files of
        which nothing is new.
    refusals : list of Refusal
        Files and spectra that are refused now.
    refused_before : int
        Files that were refused before, and are as they were.
    disputed : int
        Spectra whose velocity was stated, and is not what their lines tell.
    """

    files: int
    rows: Rows = field(default_factory=Rows)
    spectra: int = 0
    measured_anew: int = 0
    held: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    refused_before: int = 0
    by_velocity: dict[str | None, int] = field(default_factory=dict)
    disputed: int = 0

    def refuse(
        self, path: str, sha256: str | None, reason: str, facts: Facts | None = None
    ) -> None:
        """Refuse a file, or one of its spectra."""
        self.rows.refuse(path, sha256, reason, facts)
        self.refusals.append(Refusal(path, reason))

    def take(
        self,
        path: str,
        sha256: str,
        facts: Facts,
        found: Found,
        stated: Stated,
    ) -> None:
        """Take a spectrum."""
        told: str | None = stated.source
        disputed = stated.disputed
        if stated.velocity is not None and found.velocity != stated.velocity:
            told, disputed = BY_LINES, stated.velocity
        elif stated.velocity is not None:
            found = found._replace(velocity_err=stated.err)
        if not math.isfinite(found.velocity):
            told = None
        self.rows.take(path, sha256, facts, found, told, disputed)
        self.disputed += disputed is not None
        self.by_velocity[told] = self.by_velocity.get(told, 0) + 1
        self.spectra += 1


# What a worker is asked for: the name of a method of `Work`, and its argument.
Ask = tuple[str, Sequence[Any]]


@dataclass
class Claims:
    """Files and spectra of batches that are not written yet.

    Attributes
    ----------
    hashes, ids : dict of str to str
        SHA-256 and ids, and the files that have them.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def drop(self, outcome: Outcome) -> None:
        """Forget those of a batch that is written."""
        for row in outcome.rows.spectra:
            self.hashes.pop(row["sha256"], None)
            self.ids.pop(row["spectrum_id"], None)


@dataclass(frozen=True)
class Batch:
    """Files that are dealt with together.

    Parameters
    ----------
    paths : sequence of str
        The files.
    held : Held
        What the warehouse holds.
    claims : Claims
        What other batches of the run have.
    definitions : Definitions
        What is measured.
    replace : bool
        Whether what is held is read anew.
    is_whole : bool
        Whether no spectrum that is held lacks any of the indices.
    """

    paths: Sequence[str]
    held: Held
    claims: Claims
    definitions: Definitions
    replace: bool
    is_whole: bool

    def steps(self) -> Generator[Ask, Any, Outcome]:
        """Say step by step what is to be done; each is sent what came of it."""
        outcome = Outcome(len(self.paths))
        hashed: list[Hashed] = yield "hash", self.paths
        new, again, elsewhere = self._sort(hashed, outcome)
        places: list[Hashed] = yield "hash", [old for _, _, old in elsewhere]
        for (path, sha256, old), there in zip(elsewhere, places, strict=True):
            if there.sha256 != sha256:
                outcome.rows.move(path, sha256, old)
        lacks = self._lacking(again, outcome)
        files = [*new, *dict.fromkeys(file for file, _, _ in lacks)]
        read: list[ReadFile] = yield "read", files
        by_path = dict(zip([path for path, _ in files], read, strict=True))
        taken = self._spectra_of(new, by_path, outcome)
        velocities = self.held.velocities(facts.source_id for _, _, facts in taken)
        stated = [
            _velocity_of(self.held.survey, facts, velocities) for _, _, facts in taken
        ]
        wanted = [
            Wanted(path, facts.number, known.velocity, None)
            for (path, _, facts), known in zip(taken, stated, strict=True)
        ]
        lacking = [
            (wish, spectrum_id)
            for (path, _), wish, spectrum_id in lacks
            if wish.number in {facts.number for facts in by_path[path].facts}
        ]
        found: list[Found] = yield "measure", [*wanted, *(one for one, _ in lacking)]
        for (path, sha256, facts), one, known in zip(
            taken, found[: len(taken)], stated, strict=True
        ):
            outcome.take(path, sha256, facts, one, known)
        for (wish, spectrum_id), one in zip(lacking, found[len(taken) :], strict=True):
            outcome.rows.measured.append((spectrum_id, one, wish.names))
        outcome.measured_anew = len(lacking)
        return outcome

    def _sort(
        self, hashed: Sequence[Hashed], outcome: Outcome
    ) -> tuple[
        list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str, str]]
    ]:
        """Return the files that are new, those held, and where these lay, if elsewhere.

        What two files of a batch have is elsewhere for the first of them alone.
        """
        known = self.held.of_hashes([one.sha256 for one in hashed])
        given = {
            (plain(path), one.sha256)
            for path, one in zip(self.paths, hashed, strict=True)
        }
        new, again = [], []
        elsewhere: dict[tuple[str, str], str] = {}
        for path, (sha256, refusal) in zip(self.paths, hashed, strict=True):
            if sha256 is None:
                outcome.rows.replaced.append(path)
                outcome.refuse(path, None, refusal or "")
                continue
            rows = known.get(sha256, [])
            other = self.claims.hashes.get(sha256)
            if other is None and (of_run := [r for r in rows if r.is_of_this_run]):
                other = of_run[0].file
            if other is not None:
                outcome.refuse(path, sha256, f"{path} is the same file as {other}.")
            elif self._is_known(rows):
                taken = [row.file for row in rows if row.refusal is None]
                if taken:
                    again.append((path, sha256))
                    for old in taken:
                        if (old, sha256) not in given:
                            elsewhere.setdefault((old, sha256), path)
                else:
                    outcome.refused_before += 1
            else:
                self.claims.hashes[sha256] = path
                outcome.rows.replaced.append(path)
                new.append((path, sha256))
        moved = [(path, sha256, old) for (old, sha256), path in elsewhere.items()]
        return new, again, moved

    def _is_known(self, rows: Sequence[HeldSpectrum]) -> bool:
        """Say whether a file need not be read again: a later version may know more."""
        if self.replace or not rows:
            return False
        is_taken = any(row.refusal is None for row in rows)
        return is_taken or all(row.version == __version__ for row in rows)

    def _spectra_of(
        self,
        files: Sequence[tuple[str, str]],
        read: dict[str, ReadFile],
        outcome: Outcome,
    ) -> list[tuple[str, str, Facts]]:
        """Return the spectra that are to be taken; refuse files and doubled ids."""
        ids = [plain(f.spectrum_id) for path, _ in files for f in read[path].facts]
        held = self.held.of_ids(ids, this_run=self.replace)
        taken = []
        for path, sha256 in files:
            if read[path].refusal is not None:
                outcome.refuse(path, sha256, read[path].refusal or "")
            for facts in read[path].facts:
                spectrum_id = plain(facts.spectrum_id)
                other = self.claims.ids.get(spectrum_id, held.get(spectrum_id))
                if other is None:
                    self.claims.ids[spectrum_id] = path
                    taken.append((path, sha256, facts))
                    continue
                outcome.refuse(path, sha256, _of_one_id(path, facts, other), facts)
        return taken

    def _lacking(
        self, files: Sequence[tuple[str, str]], outcome: Outcome
    ) -> list[tuple[tuple[str, str], Wanted, str]]:
        """Return spectra that are held and lack indices: files, these, and ids."""
        if self.is_whole or not files:
            outcome.held += len(files)
            return []
        known = self.held.of_hashes([sha256 for _, sha256 in files])
        held = [row for rows in known.values() for row in rows if row.refusal is None]
        measured = self.held.measured([row.spectrum_id or "" for row in held])
        found: list[tuple[tuple[str, str], Wanted, str]] = []
        for path, sha256 in files:
            before = len(found)
            for row in known.get(sha256, []):
                spectrum_id = row.spectrum_id or ""
                names = measured.get(spectrum_id, frozenset())
                lacks = tuple(n for n in self.definitions.names if n not in names)
                if row.refusal is None and lacks:
                    velocity = float("nan") if row.velocity is None else row.velocity
                    wish = Wanted(path, row.number, velocity, lacks)
                    found.append(((path, sha256), wish, spectrum_id))
            if len(found) == before:
                outcome.held += 1
        return found


def _of_one_id(path: str, facts: Facts, other: str) -> str:
    """Say that a spectrum of the same id is held, or is in a file before."""
    spectrum = f"the spectrum {facts.spectrum_id}"
    if plain(path) == other:
        return (
            f"{path} had other content when {spectrum} of it was taken; give --replace "
            "to take this one instead."
        )
    return (
        f"{path} is of {spectrum}, as {other} is, with other content; give it alone, "
        "with --replace, to take it instead."
    )


def _velocity_of(
    survey: str, facts: Facts, catalogue: dict[str, CatalogueVelocity]
) -> Stated:
    """Return what is known of the velocity of a spectrum.

    Where two are stated that are far apart, its lines must tell.
    """
    if facts.is_rest:
        return Stated(0.0, _NOTHING, REST)
    header = facts.velocity
    of_stars = survey in _OF_STARS
    if header is not None and not is_possible(header, of_a_star=of_stars):
        header = None
    known = catalogue.get(facts.source_id or "")
    if known is None or not is_possible(known.velocity, of_a_star=True):
        if header is None:
            return Stated(None, _NOTHING, BY_LINES)
        return Stated(header, facts.velocity_err, HEADER)
    if header is not None and abs(header - known.velocity) > APART:
        return Stated(None, _NOTHING, BY_LINES, disputed=known.velocity)
    err = _NOTHING if known.err is None else known.err
    return Stated(known.velocity, err, CATALOGUE)
