"""A small sky with known truth, as the tables that the feature views read."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from stellarwh.content import content_dir
from stellarwh.learning.estimators.registry import ESTIMATORS
from stellarwh.warehouse.database import open_warehouse

SEED = 20240
VIEWS = (
    "marts/row_photometry", "marts/star_photometry", "marts/strata",
    "marts/star_strata",
    "marts/star_observables", "marts/stage_observables", "marts/run_provenance",
    "marts/predictions",
    "features/apogee_from_any", "features/apogee_from_photometry",
    "features/apogee_from_galah",
    "features/apogee_from_lamost", "features/apogee_from_lamost_indices",
    "features/spectral_type",
    "features/luminosity_class", "features/evolutionary_stage",
)  # fmt: skip
ABUNDANCES = ("c", "n", "o", "na", "mg", "al", "si", "ca", "ti", "cr", "mn", "ni")
NOISE = {  # teff, logg, fe_h, alpha_fe: facts on APOGEE, GALAH and LAMOST precision
    "apogee": (50.0, 0.06, 0.025, 0.02),
    "galah": (85.0, 0.12, 0.08, 0.05),
    "lamost": (110.0, 0.20, 0.10, 0.05),
}
OFFSET = {
    "apogee": (0.0, 0.0, 0.0, 0.0),
    "galah": (-25.0, -0.06, -0.03, 0.03),
    "lamost": (10.0, 0.10, -0.05, -0.02),
}


def make_truth(n: int, seed: int = SEED) -> pl.DataFrame:
    """Return true parameters and photometry of n dwarfs and giants."""
    rng = np.random.default_rng(seed)
    giant = rng.random(n) < 0.5
    teff = np.where(giant, rng.normal(4800, 250, n), rng.uniform(4200, 7800, n))
    clump = giant & (rng.random(n) < 0.4)
    logg = np.where(
        giant,
        np.clip(2.5 + (teff - 4700) * 0.0020 + rng.normal(0, 0.25, n), 0.4, 3.4),
        4.6 - np.maximum(teff - 5000, 0) * 2.0e-4 - np.abs(rng.normal(0, 0.15, n)),
    )
    logg = np.where(clump, rng.normal(2.42, 0.07, n), logg)
    teff = np.where(clump, rng.normal(4850, 90, n), teff)
    fe_h = np.clip(rng.normal(-0.15, 0.3, n), -2.0, 0.5)
    alpha = np.where(rng.random(n) < 0.2 - 0.4 * fe_h, 0.22, 0.03)
    alpha = alpha - 0.05 * fe_h + rng.normal(0, 0.02, n)
    absolute = np.where(giant, -1.6 + 2.6 * (logg - 2.42), 3.2 + (5770 - teff) / 800)
    distance = np.where(giant, rng.uniform(0.8, 5, n), rng.uniform(0.1, 0.9, n))
    colour = 0.36 + (5770 - teff) / 3300 + 0.03 * fe_h
    ebv = rng.gamma(2.0, 0.05, n)
    ks = absolute + 5 * np.log10(distance) + 10 + 0.36 * ebv
    return pl.DataFrame(
        {
            "star_id": np.arange(n) * 7 + 1000,
            "teff": teff, "logg": logg, "fe_h": fe_h, "alpha_fe": alpha,
            "c_n": np.where(clump, -0.35, -0.1) - 0.1 * (fe_h < -0.3),
            "ks_mag": ks, "j_ks": colour + 0.54 * ebv, "ebv": ebv,
            "bp_rp": 2.1 * colour + 1.34 / 0.36 * 0.36 * ebv, "distance": distance,
            "healpix": rng.integers(0, 120 << 50, n),
        }
    )  # fmt: skip


def observe(truth: pl.DataFrame, survey: str, seed: int) -> pl.DataFrame:
    """Return rows of ``main.measurements`` as one survey would give them."""
    rng = np.random.default_rng(seed)
    n = len(truth)
    snr = rng.uniform(30, 200, n)
    worse = np.sqrt(np.maximum(80 / snr, 0.6))
    columns: dict[str, object] = {
        "survey": [survey] * n,
        "source_id": [f"{survey}-{i}" for i in truth["star_id"]],
        "star_id": truth["star_id"],
        "is_best": [True] * n,
        "is_clean": rng.random(n) > 0.05,
        "snr": snr,
    }
    for name, sigma, offset in zip(
        ("teff", "logg", "fe_h", "alpha_fe"), NOISE[survey], OFFSET[survey], strict=True
    ):
        error = sigma * worse
        columns[name] = truth[name].to_numpy() + offset + rng.normal(0, 1, n) * error
        columns[f"{name}_err"] = error
    for element in ABUNDANCES:
        value = truth["alpha_fe"].to_numpy() * (
            element in {"o", "mg", "si", "ca", "ti"}
        )
        if element == "c":
            value = truth["c_n"].to_numpy() / 2
        if element == "n":
            value = -truth["c_n"].to_numpy() / 2
        columns[f"{element}_fe"] = value + rng.normal(0, 0.04, n)
    photometry = {
        "ks_mag": truth["ks_mag"], "h_mag": truth["ks_mag"] + 0.15 * truth["j_ks"],
        "j_mag": truth["ks_mag"] + truth["j_ks"],
        "g_mag": truth["ks_mag"] + 2.2 * truth["j_ks"],
        "bp_mag": truth["ks_mag"] + 2.2 * truth["j_ks"] + 0.4 * truth["bp_rp"],
        "rp_mag": truth["ks_mag"] + 2.2 * truth["j_ks"] - 0.6 * truth["bp_rp"],
    }  # fmt: skip
    seen = {"apogee": 6, "galah": 3, "lamost": 0}[survey]
    for index, (band, magnitude) in enumerate(photometry.items()):
        noisy = magnitude.to_numpy() + rng.normal(0, 0.015, n)
        columns[band] = noisy if index < seen else [None] * n
    # Magnitudes that only LAMOST has; their colours follow the temperature.
    for band, slope in (("g", 1.0), ("r", 0.77), ("i", 0.71), ("z", 0.69), ("y", 0.68)):
        magnitude = 20 - slope * truth["teff"].to_numpy() / 1000
        noisy = magnitude + rng.normal(0, 0.02, n)
        columns[f"ps_{band}_mag"] = noisy if survey == "lamost" else [None] * n
    if survey == "lamost":
        columns["g_mag"] = photometry["g_mag"]
    own = {
        "irfm_teff": ("galah", truth["teff"].to_numpy() + rng.normal(0, 70, n)),
        "vbroad": ("galah", np.full(n, 6.0)),
        "vsini": ("apogee", np.full(n, 5.0)),
        "radial_velocity_scatter": ("apogee", rng.exponential(0.1, n)),
    }
    for name, (where, value) in own.items():
        columns[name] = value if survey == where else [None] * n
    parallax_err = np.full(n, 0.02)
    parallax = 1 / truth["distance"].to_numpy() + rng.normal(0, 1, n) * parallax_err
    has_parallax = survey != "lamost"
    columns["parallax"] = parallax if has_parallax else [None] * n
    columns["parallax_err"] = parallax_err if has_parallax else [None] * n
    columns["ks_mag_err"] = np.full(n, 0.02)
    columns["w2_mag"] = photometry["h_mag"] - 0.05 if survey == "galah" else [None] * n
    for name, one, other in (("c_n", "c", "n"), ("mg_mn", "mg", "mn")):
        columns[name] = columns[f"{one}_fe"] - columns[f"{other}_fe"]
    columns["ra"], columns["dec"] = rng.uniform(0, 360, n), rng.uniform(-60, 60, n)
    # of other releases and surveys: NULL throughout
    columns["bp_rp"] = [None] * n
    columns["giant_class"] = [None] * n
    columns["pmra"] = rng.normal(0, 10, n) if survey == "apogee" else [None] * n
    columns["pmdec"] = rng.normal(0, 10, n) if survey == "apogee" else [None] * n
    columns["ebv"] = truth["ebv"] if has_parallax else [None] * n
    columns["a_ks"] = 0.36 * truth["ebv"] if has_parallax else [None] * n
    letters = np.array(list("MKGFA"))
    kind = letters[np.digitize(truth["teff"].to_numpy(), [3905, 5310, 5960, 7330])]
    columns["subclass"] = [f"{k}5" for k in kind] if survey == "lamost" else [None] * n
    return pl.DataFrame(columns, strict=False)


def _indices() -> str:
    """Return a query for the indices of the stars of the view ``truth``.

    Each falls with Teff by a slope of its own, and grows with [Fe/H].
    """
    view = (content_dir("sql") / "features/apogee_from_lamost_indices.sql").read_text()
    names = re.findall(r"^    measured\.(\w+)", view, re.MULTILINE)
    columns = [
        f"({place + 1} * (6000 - teff) / 1000 + fe_h + 0.2 * sin(7 * star_id)) "
        f"as {name}"
        for place, name in enumerate(names)
    ]
    return (
        f"select star_id, 'lamost' as optical_survey, {', '.join(columns)} "
        "from truth where star_id % 10 <> 4"
    )


def make_sky(connection: duckdb.DuckDBPyConnection, n: int) -> pl.DataFrame:
    """Create ``main.measurements``, ``main.stars`` and the views on top of them."""
    truth = make_truth(n)
    number = pl.col("star_id") % 10
    seen_by = {
        "apogee": truth.filter(number < 8),
        "galah": truth.filter(number > 1),
        "lamost": truth.filter(number != 4),
    }
    rows = [observe(part, name, i) for i, (name, part) in enumerate(seen_by.items())]
    merged = pl.concat(rows, how="vertical_relaxed")
    connection.register("merged", merged.to_arrow())
    connection.execute("create table main.measurements as from merged")
    connection.unregister("merged")
    connection.register("truth", truth.to_arrow())
    sources = ", ".join(
        f"max(m.source_id) filter (m.survey = '{s}') as {s}_source_id" for s in seen_by
    )
    connection.execute(
        f"create table main.stars as select t.star_id, t.healpix, {sources} "
        "from truth as t join main.measurements as m using (star_id) group by all"
    )
    connection.execute("create table main.star_indices as " + _indices())
    connection.unregister("truth")
    for view in VIEWS:
        connection.execute((content_dir("sql") / f"{view}.sql").read_text())
    return truth


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every estimator of a few trees, where a test is not about how good it is."""
    size = {"n_estimators": 12, "max_iter": 12}

    def small(make: Callable[..., Any]) -> Callable[..., Any]:
        def make_small(*options: Any) -> Any:
            estimator = make(*options)
            known = estimator.get_params()
            return estimator.set_params(**{k: size[k] for k in size if k in known})

        return make_small

    for name, make in list(ESTIMATORS.items()):
        monkeypatch.setitem(ESTIMATORS, name, small(make))


@pytest.fixture(scope="session")
def sky_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse file with the small sky in it; not to be changed."""
    path = tmp_path_factory.mktemp("sky") / "sky.duckdb"
    with open_warehouse(path) as connection:
        truth = make_sky(connection, 1500)
    truth.write_parquet(path.with_name("truth.parquet"))
    return path


@pytest.fixture(scope="session")
def sky(sky_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a shared connection to the small sky; tests add runs only."""
    with open_warehouse(sky_file) as connection:
        yield connection


@pytest.fixture
def truth_of_new_sky(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the truth of a small sky that is put into the test's own warehouse."""
    return make_sky(connection, 1500)
