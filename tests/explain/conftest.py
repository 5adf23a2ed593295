"""A small sky, calibrated once; the fixture lets tests spoil copies of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import stellarwh
from stellarwh.api.warehouse import Warehouse

STARS, SEED = 2_000, 3


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse whose surveys are on one scale; not to be written to."""
    folder = tmp_path_factory.mktemp("explain")
    files = stellarwh.simulate_sky(folder, stars=STARS, seed=SEED)
    path = folder / "stars.duckdb"
    with stellarwh.open(path, write=True) as wh:
        for survey in ("apogee", "galah", "lamost"):
            wh.ingest(survey, files[survey])
        wh.build()
        wh.calibrate()
    return path


@pytest.fixture(scope="session")
def wh(calibrated: Path) -> Iterator[Warehouse]:
    """Return it, open to be read."""
    with stellarwh.open(calibrated) as opened:
        yield opened


@pytest.fixture
def copy(calibrated: Path, tmp_path: Path) -> Path:
    """Return a copy that may be written to."""
    return Path(shutil.copy(calibrated, tmp_path / "copy.duckdb"))
