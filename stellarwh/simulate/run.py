"""Write the simulated catalogue files, chunk by chunk."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from stellarwh.errors import StellarwhError, UsageError
from stellarwh.runtime.folders import folder_made
from stellarwh.runtime.offline import check_local
from stellarwh.simulate.files.folder import (
    alone_in,
    is_simulated,
    put_in_place,
    refuse_real,
)
from stellarwh.simulate.gaia.table import GAIA_FILE, GaiaFile
from stellarwh.simulate.sky.catalogues import Catalogues, observe_catalogues
from stellarwh.simulate.sky.faults import SURVEYS
from stellarwh.simulate.sky.skies import Sky, kind_of_sky
from stellarwh.simulate.sky.stars import Stars
from stellarwh.simulate.sky.truth import TruthFile, sky_of
from stellarwh.simulate.sky.universe import draw_stars
from stellarwh.simulate.spectra.chosen import ChosenRows
from stellarwh.simulate.spectra.files import FOLDER, write_spectra
from stellarwh.simulate.survey_file import SurveyFile, survey_path

TRUTH_FILE = "truth.parquet"
# Candidates drawn at once. Part of what a seed means: each chunk has its own generator.
_CHUNK = 16_384


def simulate(
    out: Path | str,
    *,
    stars: int = 40_000,
    seed: int = 42,
    survey: str | None = None,
    full_width: bool = False,
    sky: str | None = None,
    ideal: bool = False,
    spectra: int = 0,
    gaia: bool = False,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Path]:
    """Write the catalogues of a simulated sky in the layouts of real releases.

    A seed is a sky of any number of stars: fewer are the first of more, with the same
    values, whichever surveys are written.

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
    survey : str, optional
        Write the file of this survey alone, with ``stars`` stars that it observes.
        Those of other surveys in the folder stay, and so does their truth, if they
        are of the same sky.
    full_width : bool, optional
        Write all 234 columns of APOGEE's allStar instead of the 191 of allStarLite.
    sky : str, optional
        Which faults the surveys have; all else is the same. ``default``: small trends,
        offsets of plates, outliers, and errors that are stated too small. ``ideal``:
        none of that, but for LAMOST's errors. ``hard``: trends as large as those that
        the literature finds between surveys, of APOGEE none.
    ideal : bool, optional
        Another word for ``sky="ideal"``.
    spectra : int, optional
        Write spectra of so many of LAMOST's stars, too, first of those that APOGEE
        observes: of all if there are no more. The catalogues are the same with them.
    gaia : bool, optional
        Write what an extract of Gaia DR3 has of all the stars, too.
    progress : callable, optional
        Called with the number of stars finished since the last call.

    Returns
    -------
    dict
        Paths by name: ``truth``, and ``apogee``, ``galah``, ``lamost`` or the one
        that was asked for; ``spectra``, a folder, and ``gaia``, if asked for.

    Raises
    ------
    StellarwhError
        If a number or name makes no sense, the folder cannot be written, or a file
        there is not simulated or is of another sky.
    """
    _check(stars, seed, survey, full_width, spectra)
    surveys = SURVEYS if survey is None else (survey,)
    which = Sky(seed, kind_of_sky(sky, ideal=ideal))
    folder = Path(out)
    check_local(folder, UsageError, "Name a folder here with --out.")
    truth = folder / TRUTH_FILE
    paths = {name: survey_path(folder, name, full_width=full_width) for name in surveys}
    if gaia:
        paths["gaia"] = folder / GAIA_FILE
    others = {survey_path(folder, name, full_width=not full_width) for name in surveys}
    if "lamost" in surveys:
        others.add(folder / FOLDER)
    if spectra:
        paths["spectra"] = folder / FOLDER
    try:
        refuse_real([*paths.values(), truth])
        with folder_made(folder), alone_in(folder) as scratch:
            standing = _standing(folder, surveys, which)
            chosen = ChosenRows(spectra)
            _write(
                scratch,
                surveys,
                stars,
                which,
                full_width,
                gaia,
                standing,
                chosen,
                progress,
            )
            if spectra:
                write_spectra(scratch / FOLDER, chosen.all(), seed)
            # The truth of what stays is never away.
            older = {*paths.values(), *others} | (set() if standing else {truth})
            put_in_place(scratch, [truth, *paths.values()], older)
    except OSError as error:
        message = f"Cannot write the simulated files to {folder}: {error.strerror}."
        raise StellarwhError(message) from error
    return {**paths, "truth": truth}


def _check(
    stars: int, seed: int, survey: str | None, full_width: bool, spectra: int
) -> None:
    """Refuse what makes no sense."""
    if stars < 1:
        message = f"The number of stars is {stars}; give 1 or more."
        raise UsageError(message)
    if seed < 0:
        message = f"The seed is {seed}; give a whole number that is not negative."
        raise UsageError(message)
    if spectra < 0:
        message = f"The number of spectra is {spectra}; give 0 or more."
        raise UsageError(message)
    if survey is None:
        return
    if survey not in SURVEYS:
        message = f"The survey is '{survey}'; give {', '.join(SURVEYS)} or none."
        raise UsageError(message)
    if full_width and survey != "apogee":
        message = (
            f"The width is of APOGEE's table, which --survey {survey} does not write; "
            "leave out --full-width."
        )
        raise UsageError(message)
    if spectra and survey != "lamost":
        message = (
            f"The spectra are LAMOST's, which --survey {survey} does not write; leave "
            "out --spectra."
        )
        raise UsageError(message)


def _standing(folder: Path, written: Sequence[str], sky: Sky) -> list[str]:
    """Return the surveys whose simulated files stay where one is written alone.

    Raises
    ------
    StellarwhError
        If they are not of the same sky.
    """
    stay = [
        name
        for name in SURVEYS
        if name not in written
        and any(
            is_simulated(survey_path(folder, name, full_width=full))
            for full in (False, True)
        )
    ]
    if not stay:
        return []
    there = sky_of(folder / TRUTH_FILE)
    if there != sky:
        of = "a sky that is not known" if there is None else f"the sky of {there}"
        instead = "" if there is None else f"give {there}, or "
        message = (
            f"{folder} holds simulated files of {of} ({', '.join(stay)}), with which "
            f"those of {sky} would not match; {instead}name another folder."
        )
        raise StellarwhError(message)
    return stay


def _write(
    folder: Path,
    surveys: Sequence[str],
    stars: int,
    sky: Sky,
    full_width: bool,
    gaia: bool,
    standing: Sequence[str],
    chosen: ChosenRows,
    progress: Callable[[int], object] | None,
) -> None:
    """Write the files of surveys, and the truth with that of surveys that stay."""
    with ExitStack() as stack:
        files = [
            stack.enter_context(SurveyFile(folder, name, sky, full_width=full_width))
            for name in surveys
        ]
        extract = stack.enter_context(GaiaFile(folder, sky.seed)) if gaia else None
        truth = stack.enter_context(TruthFile(folder / TRUTH_FILE, sky))
        if standing:
            truth.copy(folder.parent / TRUTH_FILE, standing)
        counted = [file.index for file in files]
        done = chunk = first_id = 0
        while done < stars:
            drawn, known = _draw(sky.seed, chunk, first_id)
            # What is drawn for one star depends on how many are drawn: all of a chunk
            # are, in the last one, too.
            mine = np.flatnonzero(drawn.targeted[:, counted].any(axis=1))
            left = stars - done
            before = int(mine[left]) if left < mine.size else drawn.ra.size
            for file in files:
                found = file.observe(chunk, drawn, known, before)
                truth.write(file.survey, file.ids(found.rows), drawn, found)
                if file.survey == "lamost":
                    chosen.take(drawn, found)
                file.write(found.rows)
            if extract is not None:
                extract.write(chunk, drawn, known, before)
            done += min(left, mine.size)
            first_id += drawn.ra.size
            chunk += 1
            if progress is not None:
                progress(min(left, mine.size))


def _draw(seed: int, chunk: int, first_id: int) -> tuple[Stars, Catalogues]:
    """Draw the stars of a chunk that any survey observes, numbered from an id on."""
    rng = np.random.default_rng([seed, chunk])
    drawn = draw_stars(rng, _CHUNK)
    drawn = drawn.take(np.flatnonzero(drawn.targeted.any(axis=1)))
    drawn.truth_id = first_id + np.arange(drawn.ra.size)
    return drawn, observe_catalogues(rng, drawn)
