"""What needs no warehouse that is open already."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from stellarwh.api.arguments import (
    check_flag,
    check_options,
    check_text,
    check_whole,
    path_of,
)
from stellarwh.api.listeners import Callback, CallbackListener
from stellarwh.api.stopping import Stoppable
from stellarwh.api.warehouse import DEFAULT_WAREHOUSE, Warehouse
from stellarwh.errors import InputFileError, NoTableError, WarehouseError
from stellarwh.runtime.listening import listening, note, progress

if TYPE_CHECKING:
    from stellarwh.api.matching import Match, Source
    from stellarwh.download import Download
    from stellarwh.surveys.description import PublishedFile

PathLike = str | os.PathLike[str]


def open_(
    path: PathLike = DEFAULT_WAREHOUSE,
    *,
    write: bool = False,
    wait: float = 0.0,
    progress: Callback | None = None,
    files: PathLike | Sequence[PathLike] = (),
) -> Warehouse:
    """Open a warehouse.

    Parameters
    ----------
    path : str or path
        The DuckDB file. With ``write`` it is made where there is none.
    write : bool
        Open it to be written. Others read the state before until `Warehouse.publish`,
        the end of a ``with`` block without an error, or `Warehouse.close`; `train`
        and `predict` publish what they did, and all before it, when they return. At
        most one process writes.
    wait : float
        Seconds to wait for another process that writes; else it is refused at once,
        as it always is where this process itself has it open to be written.
    progress : callable, optional
        Called as ``progress(what, done, total)`` while work goes on, from any thread.
    files : sequence of str or path
        Files, and folders of files, that the SQL of `Warehouse.sql` may read by their
        names in quotes; no others.

    Returns
    -------
    Warehouse
        Close it, or use it as a context manager.

    Raises
    ------
    InUseError
        If another process writes to it, longer than ``wait``, or this one does.
    WarehouseError
        If there is no such file, or it is no warehouse.

    Examples
    --------
    >>> import stellarwh
    >>> with stellarwh.open(warehouse) as wh:
    ...     wh.sql("select count(*) as n from main.stars").columns
    ['n']
    """
    asked: Sequence[object] = files if isinstance(files, list | tuple) else [files]
    named = [path_of(file, "files") for file in asked]
    return Warehouse(
        path,
        write=write,
        wait=wait,
        progress=progress,
        files=[file for file in named if not file.is_dir()],
        folders=[file for file in named if file.is_dir()],
        **({"builds": True} if write else {"apart": True}),
    )


def crossmatch(
    left: "Source",
    right: "Source",
    *,
    radius: float = 1.0,
    mode: str = "all",
    epoch: float | None = None,
    sigmas: float = 3.0,
    magnitude_limit: float | None = None,
    columns: Sequence[str] | str = (),
    engine: str = "duckdb",
    cluster: str | None = None,
    **unknown: Never,
) -> "Match":
    """Cross-match two files on the sky, without a warehouse.

    Parameters
    ----------
    left, right : str, path or Side
        Catalogue files, folders or patterns of Parquet files, or HATS catalogues.
    radius : float
        Largest separation (arcsec).
    mode : str
        ``all`` pairs, ``best`` right row of each left one, ``best-right``, ``mutual``
        or ``one-to-one``.
    epoch : float, optional
        Compare positions at this epoch (a Julian year).
    sigmas : float
        Largest separation in units of the positional errors that sides name.
    magnitude_limit : float, optional
        Largest difference of the magnitudes that sides name.
    columns : sequence of str, or str
        Bring these columns of both sides along (``"teff,logg"``); ``"all"`` brings all.
    engine : str
        ``lsdb`` finds the pairs of two HATS folders, or of tables, on a Dask cluster:
        the extra ``stellarwh[distributed]``.
    cluster : str, optional
        Address of the cluster's scheduler; else workers of this machine.
    unknown
        None; a name that is not known is told the nearest.

    Returns
    -------
    Result
        ``left_id``, ``right_id``, ``separation`` (arcsec) and what was asked for.

    Examples
    --------
    >>> import stellarwh
    >>> pairs = stellarwh.crossmatch(files["apogee"], files["galah"], radius=2.0)
    >>> pairs.columns
    ['left_id', 'right_id', 'separation']
    """
    from stellarwh.api.matching import match_into
    from stellarwh.match.files import are_there
    from stellarwh.warehouse.database import open_scratch

    options: dict[str, Any] = {
        "radius": radius,
        "mode": mode,
        "epoch": epoch,
        "sigmas": sigmas,
        "magnitude_limit": magnitude_limit,
        "columns": columns,
        "engine": engine,
        "cluster": cluster,
    }
    check_options(unknown, list(options), "crossmatch")
    with open_scratch() as connection, Stoppable(connection):
        try:
            return match_into(
                connection, (left, right), into=None, replace=False, **options
            )
        except NoTableError:
            sides = [getattr(side, "source", side) for side in (left, right)]
            missing = next(side for side in sides if not are_there(str(side)))
            raise InputFileError(
                f"There is no file {missing}. Files alone are matched here; a table is "
                "matched by `match` of its warehouse."
            ) from None


def simulate_sky(
    out: PathLike = "data",
    *,
    stars: int = 40_000,
    seed: int = 42,
    survey: str | None = None,
    full_width: bool = False,
    sky: str | None = None,
    ideal: bool = False,
    spectra: int = 0,
    gaia: bool = False,
) -> dict[str, Path]:
    """Write simulated survey files in the layouts of the real releases.

    Parameters
    ----------
    out : str or path
        Folder of the files.
    stars : int
        Stars that are observed.
    seed : int
        Same seed, same files.
    survey : str, optional
        Write ``apogee``, ``galah`` or ``lamost`` alone, with so many stars of its own.
    full_width : bool
        All 234 columns of APOGEE's allStar.
    sky : str, optional
        What is wrong with the values of the surveys. ``default``: small trends, plate
        offsets, outliers, and errors that are stated too small. ``ideal``: none of
        that. ``hard``: trends as large as the literature finds them, too, in all that
        GALAH and LAMOST measure, and none in APOGEE.
    ideal : bool
        The same as ``sky="ideal"``.
    spectra : int
        Write spectra of so many of LAMOST's stars, too, or of all that it has; first
        of those that APOGEE has as well.
    gaia : bool
        Write what an extract of Gaia DR3 has of all the stars, too.

    Returns
    -------
    dict
        The file of each survey, of Gaia and of the truth; the folder of the spectra.

    Examples
    --------
    >>> import stellarwh
    >>> sorted(stellarwh.simulate_sky(folder / "sky", stars=100))
    ['apogee', 'galah', 'lamost', 'truth']
    """
    from stellarwh.simulate import simulate

    check_whole(stars, "stars", 1)
    check_whole(seed, "seed", 0)
    check_whole(spectra, "spectra", 0)
    check_flag(gaia, "gaia")
    if sky is not None:
        check_text(sky, "sky")
    with progress("simulate", stars, unit="stars") as bar:
        return simulate(
            path_of(out, "out"),
            stars=stars,
            seed=seed,
            survey=survey,
            full_width=full_width,
            sky=sky,
            ideal=ideal,
            spectra=spectra,
            gaia=gaia,
            progress=bar.advance,
        )


def run_demo(
    path: PathLike = DEFAULT_WAREHOUSE,
    *,
    stars: int = 40_000,
    seed: int = 42,
    sky: str | None = None,
    ideal: bool = False,
    spectra: int = 1_000,
    data: PathLike = "data/simulated",
    reports: PathLike = "reports",
    each: Callable[[object], None] = lambda _: None,
) -> Path:
    """Run the whole chain on simulated surveys.

    Parameters
    ----------
    path : str or path
        The warehouse; one that holds real data is refused.
    stars, seed, sky, ideal, spectra
        As of `simulate_sky`.
    data, reports : str or path
        Folders of the files and of the report.
    each : callable
        Called with what each step gave.

    Returns
    -------
    pathlib.Path
        The first page of the report.

    Raises
    ------
    WarehouseError
        If the warehouse holds real data.

    Examples
    --------
    >>> import stellarwh
    >>> try:
    ...     stellarwh.run_demo(folder / "demo.duckdb", stars=0, data=folder)
    ... except stellarwh.StellarwhError as error:
    ...     print(error)
    stars=0 is no whole number from 1 up.
    """
    from stellarwh.spectra.store import drop_spectra

    path = path_of(path)
    _refuse_real_data(path)
    note(f"Simulating {stars:,} stars …")
    files = simulate_sky(
        data, stars=stars, seed=seed, sky=sky, ideal=ideal, spectra=spectra
    )
    with Warehouse(path, write=True, builds=True) as wh:
        for survey in ("apogee", "galah", "lamost"):
            for ingested in wh.ingest(survey, files[survey], replace=True):
                each(ingested)
        each(wh.build())
        drop_spectra(wh.connection)
        if spectra:
            each(wh.ingest_spectra("lamost", files["spectra"]))
        wh.publish()
        each(wh.calibrate())
        each(wh.check())
        wh.train(each=each)
        wh.predict(each=each)
        wh.publish()
        note("Writing the report …")
        return wh.report(reports)


def _refuse_real_data(path: Path) -> None:
    """Stop before the demo replaces catalogues that are not simulated."""
    from stellarwh.warehouse.spectra_facts import real_spectra

    if not path.exists():
        return
    with Warehouse(path, write=False, computes=False) as wh:
        rows = wh.connection.execute(
            "select distinct survey from meta.ingests where not is_simulated"
        ).fetchall()
        real = {survey for (survey,) in rows} | real_spectra(wh.connection)
    if real:
        names = ", ".join(sorted(real))
        raise WarehouseError(
            f"{path} holds real data ({names}); give the demo a warehouse of its own, "
            "e.g. 'stellarwh --warehouse warehouse/demo.duckdb demo'."
        )


def download_survey(
    survey: str,
    *,
    file: str | None = None,
    out: PathLike = "data",
    progress: Callback | None = None,
) -> Path:
    """Fetch the published file of a survey; call it again to go on after a break.

    Parameters
    ----------
    survey : str
        ``apogee``, ``galah``, ``lamost``, ``galah_ages`` …
    file : str, optional
        Another published file than the usual one.
    out : str or path
        Folder of the file.
    progress : callable, optional
        Called as ``progress(what, done, total)``.

    Returns
    -------
    pathlib.Path
        The file, compared with the size and checksum that are published.

    Examples
    --------
    >>> import stellarwh
    >>> try:
    ...     stellarwh.download_survey("apoge")
    ... except stellarwh.StellarwhError as error:
    ...     print(error)
    There is no survey 'apoge'. Did you mean 'apogee'?
    """
    from stellarwh.download import choose_file
    from stellarwh.surveys.known import read_survey

    check_text(survey, "survey")
    if file is not None:
        check_text(file, "file")
    published = choose_file(read_survey(survey), file)
    heard = nullcontext() if progress is None else listening(CallbackListener(progress))
    with heard:
        return fetch_published(survey, published, path_of(out, "out")).path


def fetch_published(survey: str, published: "PublishedFile", out: Path) -> "Download":
    """Fetch a published file, and say how far it is."""
    from stellarwh.download import Listener, download_file

    with progress(f"download {survey}", None, in_bytes=True) as bar:
        return download_file(
            published, out, listener=Listener(bar.expect, bar.advance, note)
        )
