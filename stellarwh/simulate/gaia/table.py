"""What Gaia's archive would give of the stars of the simulated sky: one row per star.

The values are those that APOGEE's table quotes: one measurement, whoever quotes it.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.files.layout import read_layout
from stellarwh.simulate.files.table_file import FitsTableFile
from stellarwh.simulate.sky.catalogues import Catalogues, position_at
from stellarwh.simulate.sky.stars import Stars

GAIA_FILE = "gaia_source_dr3.fits"
_EPOCH = 2016.0
# Behind seed and chunk in the seed of its generator: no survey has this number.
_GAIA = 79


class GaiaFile(AbstractContextManager["GaiaFile"]):
    """The extract, to which chunk after chunk of the sky is written.

    Parameters
    ----------
    folder : Path
        Where the file goes.
    seed : int
        The seed of the sky.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._seed = seed
        self._layout = read_layout("gaia_dr3")
        self._file = FitsTableFile(folder / GAIA_FILE, self._layout, "GAIA_SOURCE")

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

    def write(self, chunk: int, stars: Stars, known: Catalogues, before: int) -> None:
        """Write the rows of the first stars of a chunk, ``before`` one of them."""
        # Drawn for all of them, so that fewer stars are the first of more.
        rng = np.random.default_rng([self._seed, chunk, _GAIA])
        rows = self._rows(rng, stars, known)
        self._file.write(rows[:before])

    def _rows(
        self, rng: np.random.Generator, stars: Stars, known: Catalogues
    ) -> npt.NDArray[np.void]:
        rows = self._layout.empty_rows(stars.ra.size)
        rows["source_id"] = known.gaia_dr3
        rows["ref_epoch"] = _EPOCH
        rows["ra"], rows["dec"] = position_at(stars, _EPOCH, 0.05, rng)
        rows["ra_error"] = rows["dec_error"] = 0.05
        for name in ("parallax", "pmra", "pmdec"):
            rows[name] = getattr(known, name)
            rows[f"{name}_error"] = getattr(known, f"{name}_error")
        rows["ruwe"] = known.ruwe_dr2
        for band in ("g", "bp", "rp"):
            rows[f"phot_{band}_mean_mag"] = getattr(known, band)
        rows["bp_rp"] = known.bp - known.rp
        rows["radial_velocity"] = known.rv_gaia
        rows["radial_velocity_error"] = known.rv_gaia_error
        return rows
