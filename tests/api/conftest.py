"""A small simulated warehouse, made through the door."""

from pathlib import Path

import pytest

import stellarwh


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> dict[str, Path]:
    """Return simulated catalogue files; not to be written to."""
    return stellarwh.simulate_sky(tmp_path_factory.mktemp("door"), stars=400, seed=3)


@pytest.fixture(scope="session")
def built_file(files, tmp_path_factory) -> Path:
    """Return a built warehouse; not to be written to."""
    path = tmp_path_factory.mktemp("door") / "stellar.duckdb"
    with stellarwh.open(path, write=True) as wh:
        for survey in ("apogee", "galah", "lamost"):
            wh.ingest(survey, files[survey])
        wh.build()
    return path


@pytest.fixture
def wh(built_file):
    """Return the warehouse, open to be read."""
    with stellarwh.open(built_file) as opened:
        yield opened
