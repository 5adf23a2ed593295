"""What is done with the files of a batch: hash them, read them, measure them.

It knows of no warehouse, so that it can be done in another process.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stellarwh.errors import SpectrumError
from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.indices import measure
from stellarwh.spectra.reading import MAX_BYTES, read_spectra
from stellarwh.spectra.spectrum import Floats, Spectrum
from stellarwh.spectra.velocity import contradicts, measure_velocity


class Hashed(NamedTuple):
    """The identity of a file, or why it has none."""

    sha256: str | None
    refusal: str | None


@dataclass(frozen=True)
class Facts:
    """What is known of a spectrum before it is measured."""

    number: int  # its place in its file, from 1
    spectrum_id: str
    source_id: str | None
    layout: str
    release: str | None
    ra: float
    dec: float
    snr: float
    snr_source: str | None
    medium: str
    is_rest: bool
    velocity: float | None
    velocity_err: float
    resolution: float
    wavelength_min: float
    wavelength_max: float
    n_pixels: int
    good_fraction: float
    is_simulated: bool


class ReadFile(NamedTuple):
    """The spectra of a file, or why it is refused."""

    facts: tuple[Facts, ...]
    refusal: str | None


class Wanted(NamedTuple):
    """A spectrum that was read, and what is to be measured of it.

    ``velocity`` is None where it is to be measured, too, and NaN where there is none.
    ``names`` are the indices; None: all, of a spectrum that is new: its lines may tell
    that the velocity is wrong.
    """

    path: str
    number: int
    velocity: float | None
    names: tuple[str, ...] | None


class Found(NamedTuple):
    """What was measured of a spectrum."""

    velocity: float  # NaN where there is none
    velocity_err: float
    value: Floats
    err: Floats
    good_fraction: Floats
    reason: npt.NDArray[np.int64]


class Work:
    """Spectra of a survey, read and measured.

    Parameters
    ----------
    survey : str
        Whose spectra they are.
    definitions : Definitions
        What is measured.
    """

    def __init__(self, survey: str, definitions: Definitions) -> None:
        self._survey = survey
        self._definitions = definitions
        self._read: dict[tuple[str, int], Spectrum] = {}
        self._chosen: dict[tuple[str, ...], Definitions] = {}

    def hash(self, paths: Sequence[str]) -> list[Hashed]:
        """Return the SHA-256 of each file."""
        return [_hash(path) for path in paths]

    def read(self, files: Sequence[tuple[str, str]]) -> list[ReadFile]:
        """Read files that were hashed, and keep their spectra until they are measured.

        Parameters
        ----------
        files : sequence of (str, str)
            Paths, and the hashes that the files had.
        """
        return [self._read_one(path, sha256) for path, sha256 in files]

    def _read_one(self, path: str, sha256: str) -> ReadFile:
        try:
            spectra = read_spectra(Path(path), self._survey)
        except SpectrumError as error:
            return ReadFile((), str(error))
        except MemoryError:
            return ReadFile((), f"{path} does not fit into memory.")
        # What was read is what was hashed: nobody wrote to it in between.
        if _hash(path).sha256 != sha256:
            return ReadFile((), f"{path} was written to while it was read.")
        facts = []
        for number, spectrum in enumerate(spectra, 1):
            self._read[path, number] = spectrum
            facts.append(_facts_of(spectrum, number))
        return ReadFile(tuple(facts), None)

    def measure(self, wanted: Sequence[Wanted]) -> list[Found]:
        """Measure spectra that were read, and forget all that were."""
        found = [self._measure(one) for one in wanted]
        self._read.clear()
        return found

    def _measure(self, wanted: Wanted) -> Found:
        spectrum = self._read[wanted.path, wanted.number]
        velocity, err = wanted.velocity, np.nan
        if velocity is None or (wanted.names is None and not spectrum.is_rest):
            by_lines = measure_velocity(spectrum)
            if velocity is None or contradicts(by_lines, velocity):
                velocity = np.nan if by_lines.velocity is None else by_lines.velocity
                err = by_lines.err
        measured = measure(spectrum, self._of(wanted.names), velocity)
        return Found(
            velocity,
            err,
            measured.value,
            measured.err,
            measured.good_fraction,
            measured.reason,
        )

    def _of(self, names: tuple[str, ...] | None) -> Definitions:
        if names is None:
            return self._definitions
        if names not in self._chosen:
            self._chosen[names] = self._definitions.chosen(names)
        return self._chosen[names]


def _hash(path: str) -> Hashed:
    try:
        # A pipe would be waited for, maybe for ever.
        if not os.path.isfile(path):  # noqa: PTH113 - a million of them
            return Hashed(None, _no_file(path))
        if os.path.getsize(path) > MAX_BYTES:  # noqa: PTH202
            # A catalogue in the same folder, say: to hash it would take long.
            return Hashed(
                None,
                f"{path} has more than {MAX_BYTES >> 20} MiB; expected the file of a "
                "spectrum.",
            )
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            return Hashed(hashlib.file_digest(file, "sha256").hexdigest(), None)
    except OSError as error:
        return Hashed(None, f"{path} cannot be read: {error.strerror}.")


def _no_file(path: str) -> str:
    if os.path.exists(path):  # noqa: PTH110
        return f"{path} is no file."
    if os.path.lexists(path):
        return f"{path} is a link to nothing."
    return f"There is no file {path} any more."


def _facts_of(spectrum: Spectrum, number: int) -> Facts:
    pieces = spectrum.pieces
    pixels = sum(len(piece.flux) for piece in pieces)
    good = sum(int(np.count_nonzero(piece.good)) for piece in pieces)
    return Facts(
        number,
        spectrum.spectrum_id,
        spectrum.source_id,
        spectrum.layout,
        spectrum.release,
        spectrum.ra,
        spectrum.dec,
        spectrum.snr,
        spectrum.snr_source,
        spectrum.medium,
        spectrum.is_rest,
        spectrum.velocity,
        spectrum.velocity_err,
        spectrum.resolution,
        min(float(piece.wavelength[0]) for piece in pieces),
        max(float(piece.wavelength[-1]) for piece in pieces),
        pixels,
        good / pixels,
        spectrum.is_simulated,
    )
