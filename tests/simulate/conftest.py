"""A small simulated sky, written once."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from astropy.io import fits
from simulated import SEED, STARS, Sky

from stellarwh.simulate import simulate


def make_sky(folder: Path, kind: str) -> Sky:
    """Simulate a few thousand stars."""
    paths = simulate(folder, stars=STARS, seed=SEED, sky=kind)
    tables = {}
    for survey in ("apogee", "galah", "lamost"):
        with fits.open(paths[survey]) as hdus:
            # A plain structured array: astropy's own record type is slow to index.
            rows = np.array(hdus[1].data.view(np.ndarray))
        for name in rows.dtype.names:
            if rows[name].dtype.kind == "S":
                rows[name] = np.char.rstrip(rows[name])
        tables[survey] = rows
    return Sky(paths, tables, pl.read_parquet(paths["truth"]))


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    """Return the sky that is simulated by default."""
    return make_sky(tmp_path_factory.mktemp("sky"), "default")


@pytest.fixture(scope="session")
def ideal_sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    """Return the same sky without faults."""
    return make_sky(tmp_path_factory.mktemp("ideal"), "ideal")


@pytest.fixture(scope="session")
def hard_sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    """Return the same sky with trends of the size that the literature finds."""
    return make_sky(tmp_path_factory.mktemp("hard"), "hard")
