"""The whole chain on a small simulated sky, run once for all tests of this folder."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stellarwh.cli import app

STARS = 25_000
SEED = 7
SPECTRA = 300


@dataclass(frozen=True)
class Chain:
    """Where the demo put things, and what it printed."""

    warehouse: Path
    data: Path
    reports: Path
    output: str


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Run ``stellarwh demo`` on a small sky and return where its results are."""
    folder = tmp_path_factory.mktemp("chain")
    warehouse = folder / "demo.duckdb"
    arguments = ["--warehouse", warehouse, "demo", "--stars", STARS, "--seed", SEED]
    arguments += [
        "--spectra",
        SPECTRA,
        "--data",
        folder / "data",
        "--reports",
        folder / "reports",
    ]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None:
        raise result.exception
    return Chain(warehouse, folder / "data", folder / "reports", result.output)
