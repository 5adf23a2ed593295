"""A small simulated sky, written once."""

import numpy as np
import polars as pl
import pytest
from astropy.io import fits
from simulated import SEED, STARS, Sky

from stellarwh.simulate import simulate


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Sky:
    """Simulate a few thousand stars."""
    paths = simulate(tmp_path_factory.mktemp("sky"), stars=STARS, seed=SEED)
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
