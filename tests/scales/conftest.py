"""A calibrated hard sky, made once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import stellarwh
from stellarwh.scales import Calibration

STARS, SEED = 15_000, 3


@dataclass(frozen=True)
class Scaled:
    """A warehouse whose surveys were calibrated, and the truth."""

    warehouse: Path
    truth: Path
    result: Calibration


@pytest.fixture(scope="session")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> Scaled:
    """Return a hard sky, built and calibrated."""
    folder = tmp_path_factory.mktemp("scaled")
    files = stellarwh.simulate_sky(folder, stars=STARS, seed=SEED, sky="hard")
    path = folder / "stars.duckdb"
    with stellarwh.open(path, write=True) as wh:
        for survey in ("apogee", "galah", "lamost"):
            wh.ingest(survey, files[survey])
        wh.build()
        result = wh.calibrate()
    return Scaled(path, files["truth"], result)
