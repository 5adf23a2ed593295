"""The small simulated warehouse that notebooks run on."""

import hashlib
import shutil
import warnings
from pathlib import Path

import stellarwh

STARS = 4_000
SPECTRA = 120
# Two quick ones: of numbers, and of classes.
TASKS = ("apogee_from_galah", "luminosity_class")
_SOURCES = (
    "stellarwh/**/*.py",
    "stellarwh/**/*.toml",
    "stellarwh/**/*.csv",
    "sql/**/*",
)


def warehouse(docs: Path) -> Path:
    """Return the demo that this code makes; make it where it is not there yet.

    Beside it lie the files that it was made of, in ``data``.
    """
    folder = docs / "_build" / "demo" / _fingerprint(docs.parent)
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


def _fingerprint(repository: Path) -> str:
    found = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(repository.glob(pattern)):
            if path.is_file():
                found.update(path.read_bytes())
    return found.hexdigest()[:12]
