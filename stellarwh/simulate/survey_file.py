"""The simulated file of one survey: its name, its layout, who observes for it."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.simulate import bits
from stellarwh.simulate.apogee.table import observe_apogee
from stellarwh.simulate.files.layout import read_layout
from stellarwh.simulate.files.table_file import FitsTableFile
from stellarwh.simulate.files.text import concatenate
from stellarwh.simulate.galah.table import observe_galah
from stellarwh.simulate.lamost.table import observe_lamost
from stellarwh.simulate.sky.catalogues import Catalogues
from stellarwh.simulate.sky.faults import SURVEYS, Injector
from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.pointings import pointings
from stellarwh.simulate.sky.skies import Sky
from stellarwh.simulate.sky.stars import Stars

APOGEE_LITE_FILE = "allStarLite-dr17-synspec_rev1.fits"
APOGEE_FILE = "allStar-dr17-synspec_rev1.fits"
_FILES = {
    "apogee": APOGEE_LITE_FILE,
    "galah": "GALAH_DR3_main_allstar_v2.fits",
    "lamost": "dr7_v2.0_LRS_stellar.fits.gz",
}
_LAYOUTS = {"apogee": "apogee_dr17", "galah": "galah_dr3", "lamost": "lamost_dr7"}
_EXTENSIONS = {
    "apogee": "ALLSTAR",
    "galah": "GALAH_DR3_MAIN_ALLSTAR",
    "lamost": "LRS_STELLAR",
}
# What observes and its faults, behind seed and chunk in the seeds of their generators:
# a survey has its own, and so the same rows with and without the others.
_OBSERVING, _FAULTS = 78, 77
_LAMOST_GROUPS_PER_POINTING = 4

Rows = npt.NDArray[np.void]


def survey_path(folder: Path, survey: str, *, full_width: bool) -> Path:
    """Return where the file of a survey is, under its release's name."""
    is_full = full_width and survey == "apogee"
    return folder / (APOGEE_FILE if is_full else _FILES[survey])


class SurveyFile(AbstractContextManager["SurveyFile"]):
    """The file of a survey, to which chunk after chunk of the sky is observed.

    Parameters
    ----------
    folder : Path
        Where the file goes.
    survey : str
        ``apogee``, ``galah`` or ``lamost``.
    sky : Sky
        Its seed, and which faults there are.
    full_width : bool
        All columns of APOGEE's allStar instead of those of allStarLite.
    """

    def __init__(
        self, folder: Path, survey: str, sky: Sky, *, full_width: bool
    ) -> None:
        self.survey = survey
        self.index = SURVEYS.index(survey)  # column of `Stars.targeted`
        self._sky = sky
        self._layout = read_layout(_LAYOUTS[survey], full_width=full_width)
        path = survey_path(folder, survey, full_width=full_width)
        self._file = FitsTableFile(path, self._layout, _EXTENSIONS[survey])
        groups = _LAMOST_GROUPS_PER_POINTING if survey == "lamost" else 1
        self._counts = np.zeros(pointings().ra.size * groups, dtype=np.int64)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.__exit__(kind, error, traceback)

    def observe(
        self, chunk: int, stars: Stars, known: Catalogues, before: int
    ) -> Observed:
        """Return the rows of those stars of a chunk that the survey observes.

        Parameters
        ----------
        chunk : int
            Number of the chunk.
        stars : Stars
            All stars of the chunk: what is drawn for one depends on their number.
        known : Catalogues
            What other catalogues say about them.
        before : int
            Only stars before this one of the chunk get rows.
        """
        rng = self._generator(chunk, _OBSERVING)
        injector = Injector(self._sky, self._generator(chunk, _FAULTS))
        layout, counts = self._layout, self._counts
        if self.survey == "apogee":
            found = observe_apogee(rng, stars, known, layout, injector)
        elif self.survey == "galah":
            found = observe_galah(rng, stars, known, layout, counts, injector)
        else:
            found = observe_lamost(rng, stars, known, layout, counts, injector)
        return found.of_first(before)

    def write(self, rows: Rows) -> None:
        """Append rows, which are made ready for the file in place."""
        self._file.write(rows)

    def ids(self, rows: Rows) -> pa.Array:
        """Return the ids that the staging view gives these rows."""
        if self.survey == "apogee":
            return _apogee_ids(rows)
        numbers = rows["sobject_id" if self.survey == "galah" else "obsid"]
        return pa.array(numbers.astype(np.int64)).cast(pa.string())

    def _generator(self, chunk: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self._sky.seed, chunk, purpose, self.index + 1])


def _apogee_ids(rows: Rows) -> pa.Array:
    parts = [rows[name] for name in ("TELESCOPE", "FIELD", "APOGEE_ID")]
    early = rows["EXTRATARG"] >> bits.EXTRATARG["COMMISSIONING"] & 1
    suffix = np.where(early == 1, b".commissioning", b"")
    joined = concatenate(parts[0], b".", parts[1], b".", parts[2], suffix)
    return pa.array(joined).cast(pa.string())
