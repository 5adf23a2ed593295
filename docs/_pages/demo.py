"""The small simulated warehouse that notebooks run on."""

import shutil
import warnings
from pathlib import Path

import stellarwh
from _pages.sources import fingerprint

STARS = 4_000
SPECTRA = 120
# Quick ones, those that pages ask for: of numbers, and of classes.
TASKS = ("apogee_from_galah", "apogee_from_lamost", "luminosity_class")


def is_needed(docs: Path) -> bool:
    """Return whether a page is a notebook."""
    pages = (path.read_text(encoding="utf-8") for path in docs.glob("*/*.md"))
    return any("\n```{code-cell}" in page for page in pages)


def warehouse(docs: Path) -> Path:
    """Return the demo that this code makes; make it where it is not there yet.

    Beside it lie the files that it was made of, in ``data``.
    """
    folder = docs / "_build" / "demo" / fingerprint(docs.parent, "docs/_pages/demo.py")
    made = folder / "stellar.duckdb"
    if made.is_file():
        return made
    shutil.rmtree(folder.parent, ignore_errors=True)
    files = stellarwh.simulate_sky(folder / "data", stars=STARS, spectra=SPECTRA)
    working = folder / "unfinished.duckdb"
    # Tasks that are not trained are told of.
    with warnings.catch_warnings(), stellarwh.open(working, write=True) as wh:
        warnings.simplefilter("ignore", stellarwh.StellarwhWarning)
        for survey in ("apogee", "galah", "lamost"):
            wh.ingest(survey, files[survey])
        wh.ingest_spectra("lamost", files["spectra"])
        wh.build()
        wh.calibrate()
        wh.train(*TASKS, estimator="ridge")
        wh.predict(*TASKS)
    working.rename(made)
    return made
