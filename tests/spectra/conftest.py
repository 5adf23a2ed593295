"""Real spectra, read once, and what an outside list says of them."""

import csv
from pathlib import Path

import pytest

from stellarwh.spectra.reading import read_spectra

SURVEYS = {
    "LAMOST-LRS": "lamost", "LAMOST-MRS": "lamost", "SDSS": "sdss", "APOGEE": "apogee"
}  # fmt: skip


@pytest.fixture(scope="session")
def manifest(realdata: Path) -> list[dict[str, str]]:
    """Return a row for each piece of the real files, made with astropy elsewhere."""
    path = realdata / "spectra" / "manifest.csv"
    if not path.is_file():
        pytest.skip(f"there are no real spectra: {path} is absent")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def all_spectra(realdata: Path, manifest: list[dict[str, str]]):
    """Return the spectra of each real file, by its name in the manifest."""
    surveys = {row["file"]: SURVEYS[row["survey"]] for row in manifest}
    return {
        file: read_spectra(realdata / "spectra" / file, survey)
        for file, survey in surveys.items()
    }


@pytest.fixture(scope="session")
def real_spectra(manifest: list[dict[str, str]], all_spectra):
    """Return those of LAMOST's low resolution."""
    return {
        row["file"]: all_spectra[row["file"]]
        for row in manifest
        if row["survey"] == "LAMOST-LRS"
    }
