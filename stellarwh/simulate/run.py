"""Write the simulated catalogue files, chunk by chunk."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.errors import StellarwhError, UsageError
from stellarwh.offline import check_local
from stellarwh.simulate import bits
from stellarwh.simulate.apogee import observe_apogee
from stellarwh.simulate.catalogues import observe_catalogues
from stellarwh.simulate.faults import Injector
from stellarwh.simulate.folder import alone_in, put_in_place, refuse_real
from stellarwh.simulate.galah import observe_galah
from stellarwh.simulate.lamost import observe_lamost
from stellarwh.simulate.layout import read_layout
from stellarwh.simulate.sky import pointings
from stellarwh.simulate.table_file import FitsTableFile
from stellarwh.simulate.text import concatenate
from stellarwh.simulate.truth import TruthFile
from stellarwh.simulate.universe import draw_stars

APOGEE_LITE_FILE = "allStarLite-dr17-synspec_rev1.fits"
APOGEE_FILE = "allStar-dr17-synspec_rev1.fits"
GALAH_FILE = "GALAH_DR3_main_allstar_v2.fits"
LAMOST_FILE = "dr7_v2.0_LRS_stellar.fits.gz"
TRUTH_FILE = "truth.parquet"
# Candidates drawn at once. Part of what a seed means: each chunk has its own generator.
_CHUNK = 16_384
# Beside the seed and the chunk in the seed of the generator of faults.
_FAULTS = 77
_LAMOST_GROUPS_PER_POINTING = 4

Rows = npt.NDArray[np.void]


def simulate(
    out: Path | str,
    *,
    stars: int = 40_000,
    seed: int = 42,
    full_width: bool = False,
    ideal: bool = False,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Path]:
    """Write the catalogues of a simulated sky in the layouts of real releases.

    Parameters
    ----------
    out : Path
        Folder for the files; made if absent. Files of an earlier simulation are
        replaced, when all new ones are complete.
    stars : int, optional
        Distinct stars that at least one survey observes. Repeat observations come
        on top, so the files have more rows than that in all.
    seed : int, optional
        The same seed and number of stars give the same bytes.
    full_width : bool, optional
        Write all 234 columns of APOGEE's allStar instead of the 191 of allStarLite.
    ideal : bool, optional
        No trends, no offsets of plates, no outliers; errors independent and, but for
        LAMOST's, honest. All else is the same.
    progress : callable, optional
        Called with the number of stars finished since the last call.

    Returns
    -------
    dict
        Paths by name: ``apogee``, ``galah``, ``lamost`` and ``truth``.

    Raises
    ------
    StellarwhError
        If a number makes no sense, the folder cannot be written, or a file there is
        not simulated.
    """
    if stars < 1:
        message = f"The number of stars is {stars}; give 1 or more."
        raise UsageError(message)
    if seed < 0:
        message = f"The seed is {seed}; give a whole number that is not negative."
        raise UsageError(message)
    folder = Path(out)
    check_local(folder, UsageError, "Name a folder here with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = _paths(folder, full_width)
        refuse_real(paths.values())
        with alone_in(folder) as scratch:
            _write(scratch, stars, seed, full_width, ideal, progress)
            older = {*paths.values(), *_paths(folder, not full_width).values()}
            put_in_place(scratch, paths.values(), older)
    except OSError as error:
        message = f"Cannot write the simulated files to {folder}: {error.strerror}."
        raise StellarwhError(message) from error
    return paths


def _paths(folder: Path, full_width: bool) -> dict[str, Path]:
    return {
        "apogee": folder / (APOGEE_FILE if full_width else APOGEE_LITE_FILE),
        "galah": folder / GALAH_FILE,
        "lamost": folder / LAMOST_FILE,
        "truth": folder / TRUTH_FILE,
    }


def _write(
    folder: Path,
    stars: int,
    seed: int,
    full_width: bool,
    ideal: bool,
    progress: Callable[[int], object] | None,
) -> None:
    apogee_layout = read_layout("apogee_dr17", full_width=full_width)
    galah_layout, lamost_layout = read_layout("galah_dr3"), read_layout("lamost_dr7")
    paths = _paths(folder, full_width)
    n_pointings = pointings().ra.size
    galah_counts = np.zeros(n_pointings, dtype=np.int64)
    lamost_counts = np.zeros(n_pointings * _LAMOST_GROUPS_PER_POINTING, dtype=np.int64)
    with ExitStack() as stack:
        apogee = stack.enter_context(
            FitsTableFile(paths["apogee"], apogee_layout, "ALLSTAR")
        )
        galah = stack.enter_context(
            FitsTableFile(paths["galah"], galah_layout, "GALAH_DR3_MAIN_ALLSTAR")
        )
        lamost = stack.enter_context(
            FitsTableFile(paths["lamost"], lamost_layout, "LRS_STELLAR")
        )
        truth = stack.enter_context(TruthFile(paths["truth"]))
        done = chunk = 0
        while done < stars:
            rng = np.random.default_rng([seed, chunk])
            drawn = draw_stars(rng, _CHUNK)
            seen = np.flatnonzero(drawn.targeted.any(axis=1))[: stars - done]
            drawn = drawn.take(seen)
            drawn.truth_id = done + np.arange(seen.size)
            known = observe_catalogues(rng, drawn)
            injector = Injector(
                seed, None if ideal else np.random.default_rng([seed, chunk, _FAULTS])
            )
            found = observe_apogee(rng, drawn, known, apogee_layout, injector)
            truth.write("apogee", _apogee_ids(found.rows), drawn, found)
            apogee.write(found.rows)
            found = observe_galah(
                rng, drawn, known, galah_layout, galah_counts, injector
            )
            truth.write("galah", _ids(found.rows["sobject_id"]), drawn, found)
            galah.write(found.rows)
            found = observe_lamost(
                rng, drawn, known, lamost_layout, lamost_counts, injector
            )
            truth.write("lamost", _ids(found.rows["obsid"]), drawn, found)
            lamost.write(found.rows)
            done, chunk = done + seen.size, chunk + 1
            if progress is not None:
                progress(seen.size)


def _ids(numbers: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(numbers.astype(np.int64)).cast(pa.string())


def _apogee_ids(rows: Rows) -> pa.Array:
    """Return the ids that ``staging.apogee`` gives these rows."""
    parts = [rows[name] for name in ("TELESCOPE", "FIELD", "APOGEE_ID")]
    early = rows["EXTRATARG"] >> bits.EXTRATARG["COMMISSIONING"] & 1
    suffix = np.where(early == 1, b".commissioning", b"")
    joined = concatenate(parts[0], b".", parts[1], b".", parts[2], suffix)
    return pa.array(joined).cast(pa.string())
