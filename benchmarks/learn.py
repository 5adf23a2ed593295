"""Training and prediction at the size of a survey: time, memory, stars a second.

``make bench-learn`` trains 500,000 labelled stars of 30 features and 4 targets with
XGBoost, 5 sky-blocked folds and intervals, and predicts twice as many others (the
labelled ones keep their out-of-fold values); each command is a process of its own. The
stars are simulated: four parameters, features that bend with them, noise, and one value
in fifty missing.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from measure import Measured, measure_command

from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

FEATURES = 30
TARGETS = {"teff": 60.0, "logg": 0.08, "fe_h": 0.05, "alpha_fe": 0.03}
SCALES = {"teff": 900.0, "logg": 1.1, "fe_h": 0.4, "alpha_fe": 0.12}
CELLS = 800
BLOCK = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=500_000, help="labelled stars")
    parser.add_argument("--tune", type=int, default=0, help="settings to try")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "learn.duckdb"
        store_stars(path, options.stars)
        tune = ["--tune", str(options.tune)] if options.tune else []
        trained = stellarwh(path, "train", "bench", *tune)
        print(trained.printed, end="")
        print(f"train: {options.stars:,} stars x {FEATURES} features x "
              f"{len(TARGETS)} targets: {trained.seconds:.0f} s (target 300), "
              f"{trained.peak_mb:.0f} MB peak (target 4000)")  # fmt: skip
        predicted = stellarwh(path, "predict", "bench")
        rate = 2 * options.stars / predicted.seconds
        of_all = 3 * options.stars / predicted.seconds
        print(f"predict: {2 * options.stars:,} new stars, {len(TARGETS)} targets: "
              f"{predicted.seconds:.1f} s, {rate:,.0f} stars a second (target 80,000), "
              f"{of_all:,.0f} with those held out, "
              f"{predicted.peak_mb:.0f} MB peak")  # fmt: skip


def stellarwh(path: Path, *arguments: str) -> Measured:
    """Run a command of stellarwh on a warehouse."""
    program = [sys.executable, "-m", "stellarwh", "--warehouse", str(path)]
    return measure_command([*program, *arguments])


def store_stars(path: Path, labelled: int) -> None:
    """Store a feature view in a new warehouse; the same one in every run."""
    started = time.perf_counter()
    stars = 3 * labelled
    rng = np.random.default_rng(20)
    bends = rng.normal(0, 1, (3, len(TARGETS), FEATURES))
    with open_warehouse(path) as connection:
        build_views(connection)
        for first in range(0, stars, BLOCK):
            rows = min(BLOCK, stars - first)
            connection.register("block", block(rng, bends, first, rows, labelled))
            connection.execute(
                "insert into raw.bench from block"
                if first
                else "create table raw.bench as from block"
            )
            connection.unregister("block")
        connection.execute("create view features.bench as from raw.bench")
    print(f"{stars:,} stars stored in {time.perf_counter() - started:.0f} s")


def block(
    rng: np.random.Generator, bends: np.ndarray, first: int, rows: int, labelled: int
) -> object:
    """Return simulated stars as Arrow."""
    truth = rng.normal(0, 1, (rows, len(TARGETS)))
    features = truth @ bends[0] + 0.4 * np.sin(2 * truth) @ bends[1]
    features += 0.1 * truth**2 @ bends[2] + rng.normal(0, 0.5, features.shape)
    features[rng.random(features.shape) < 0.02] = np.nan
    columns = {
        "star_id": np.arange(first, first + rows) * 11 + 5,
        "healpix_group": rng.integers(0, CELLS, rows),
    }
    columns |= {f"feature_{i}": features[:, i] for i in range(FEATURES)}
    is_labelled = np.arange(first, first + rows) < labelled
    for i, (name, error) in enumerate(TARGETS.items()):
        noise = error * rng.uniform(0.5, 1.5, rows)
        label = SCALES[name] * truth[:, i] + rng.normal(0, 1, rows) * noise
        columns[f"label_{name}"] = np.where(is_labelled, label, np.nan)
        columns[f"label_{name}_err"] = noise
    return pl.DataFrame(columns).fill_nan(None).to_arrow()


if __name__ == "__main__":
    main()
