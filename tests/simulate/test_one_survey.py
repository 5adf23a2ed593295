"""A survey written alone is the one that the whole simulation writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table
from simulated import SEED, Sky
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.simulate import run, simulate

SURVEYS = ("apogee", "galah", "lamost")
ALONE = 800  # stars of each


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to which the surveys were written one after the other."""
    folder = tmp_path_factory.mktemp("alone")
    for survey in ("lamost", "apogee", "galah"):
        simulate(folder, stars=ALONE, seed=SEED, survey=survey)
    return folder


def rows_of(path: Path) -> np.ndarray[Any, Any]:
    with fits.open(path) as hdus:
        return np.array(hdus[1].data.view(np.ndarray))


def path_of(sky: Sky, folder: Path, survey: str) -> Path:
    return folder / sky.paths[survey].name


@pytest.mark.parametrize("survey", SURVEYS)
def test_rows_are_those_of_the_whole_simulation(
    sky: Sky, alone: Path, survey: str
) -> None:
    whole, mine = rows_of(sky.paths[survey]), rows_of(path_of(sky, alone, survey))
    known = {row.tobytes() for row in whole}
    assert 0 < len(mine) < len(whole)
    assert {row.tobytes() for row in mine} <= known


@pytest.mark.parametrize("survey", SURVEYS)
def test_truth_is_that_of_the_whole_simulation_row_for_row(
    sky: Sky, alone: Path, survey: str
) -> None:
    truth = pl.read_parquet(alone / "truth.parquet").filter(pl.col("survey") == survey)
    assert truth["truth_id"].n_unique() == ALONE
    assert len(truth) == len(rows_of(path_of(sky, alone, survey)))
    whole = sky.truth_of(survey)
    joined = whole.join(truth, on=whole.columns, how="semi", nulls_equal=True)
    assert len(joined) == len(truth)


def test_separate_calls_see_the_same_stars(sky: Sky, alone: Path) -> None:
    apogee = rows_of(path_of(sky, alone, "apogee"))
    galah = rows_of(path_of(sky, alone, "galah"))
    names = np.char.strip(apogee["APOGEE_ID"])
    known = dict(zip(names, apogee[["J", "K"]].tolist(), strict=True))
    named = np.char.add(b"2M", np.char.strip(galah["star_id"]))
    common = np.isin(named, names)
    assert common.sum() > 50
    for name, seen in zip(
        named[common], galah[["j_m", "ks_m"]][common].tolist(), strict=True
    ):
        assert seen == known[name]
    truth = pl.read_parquet(alone / "truth.parquet")
    ids = {s: set(truth.filter(pl.col("survey") == s)["truth_id"]) for s in SURVEYS}
    assert len(ids["apogee"] & ids["lamost"]) > 50


def test_fewer_stars_are_the_first_of_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CHUNK", 1024)
    few = simulate(tmp_path / "few", stars=900, seed=3)
    many = simulate(tmp_path / "many", stars=2500, seed=3)
    first = pl.read_parquet(few["truth"])
    assert first["truth_id"].max() == 899
    more = pl.read_parquet(many["truth"]).filter(pl.col("truth_id") < 900)
    assert first.equals(more, null_equal=True)
    for survey in SURVEYS:
        known = {row.tobytes() for row in rows_of(many[survey])}
        assert {row.tobytes() for row in rows_of(few[survey])} <= known


def test_chunks_of_a_survey_alone_are_those_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CHUNK", 1024)
    finished: list[int] = []
    path = simulate(
        tmp_path / "alone", stars=900, survey="lamost", progress=finished.append
    )["lamost"]
    assert len(finished) > 2
    assert sum(finished) == 900
    whole = simulate(tmp_path / "whole", stars=4000)["lamost"]
    known = {row.tobytes() for row in rows_of(whole)}
    assert {row.tobytes() for row in rows_of(path)} <= known


def test_files_of_other_surveys_stay(tmp_path: Path) -> None:
    paths = simulate(tmp_path, stars=200, seed=5)
    before = {s: paths[s].read_bytes() for s in ("apogee", "galah")}
    truth = pl.read_parquet(paths["truth"])
    simulate(tmp_path, stars=300, seed=5, survey="lamost")
    assert {s: paths[s].read_bytes() for s in before} == before
    now = pl.read_parquet(paths["truth"])
    kept, mine = pl.col("survey") != "lamost", pl.col("survey") == "lamost"
    assert now.filter(kept).equals(truth.filter(kept), null_equal=True)
    assert now.filter(mine)["truth_id"].n_unique() == 300


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seed": 6}, "the sky of --seed 5 "),
        ({"seed": 5, "ideal": True}, "give --seed 5, or name another folder"),
        ({"seed": 5, "sky": "ideal"}, "those of --seed 5 --sky ideal would not match"),
        ({"seed": 5, "sky": "hard"}, "those of --seed 5 --sky hard would not match"),
    ],
)
def test_two_skies_are_not_put_into_one_folder(
    tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    simulate(tmp_path, stars=100, seed=5, survey="apogee")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StellarwhError, match=says):
        simulate(tmp_path, stars=100, survey="galah", **options)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def without_truth(folder: Path) -> None:
    (folder / "truth.parquet").unlink()


def of_before_skies_were_recorded(folder: Path) -> None:
    truth = pl.read_parquet(folder / "truth.parquet")
    truth.write_parquet(folder / "truth.parquet")


@pytest.mark.parametrize("change", [without_truth, of_before_skies_were_recorded])
def test_files_of_an_unknown_sky_are_left_alone(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    simulate(tmp_path, stars=100, seed=5, survey="apogee")
    change(tmp_path)
    with pytest.raises(StellarwhError, match=r"a sky that is not known \(apogee\)"):
        simulate(tmp_path, stars=100, seed=5, survey="galah")


def as_written_before(path: Path, metadata: dict[str, str]) -> None:
    """Make a truth file one of before skies had names, without their later column."""
    table = pq.read_table(path).drop_columns(["radial_velocity_offset"])
    pq.write_table(table.replace_schema_metadata(metadata), path)


@pytest.mark.parametrize(
    ("ideal", "kind"), [("true", "ideal"), ("false", "default"), (None, "default")]
)
def test_a_truth_file_of_before_skies_had_names_is_understood(
    tmp_path: Path, ideal: str | None, kind: str
) -> None:
    simulate(tmp_path, stars=100, seed=5, survey="apogee", sky=kind)
    path = tmp_path / "truth.parquet"
    as_written_before(path, {"seed": "5"} | ({"ideal": ideal} if ideal else {}))
    before = pl.read_parquet(path)
    with pytest.raises(StellarwhError, match="those of --seed 5 --sky hard"):
        simulate(tmp_path, stars=100, seed=5, survey="galah", sky="hard")
    simulate(tmp_path, stars=100, seed=5, survey="galah", sky=kind)
    truth = pl.read_parquet(path)
    kept = truth.filter(pl.col("survey") == "apogee")
    assert kept.select(before.columns).equals(before, null_equal=True)
    # What the older file does not say is not known.
    assert kept["radial_velocity_offset"].is_null().all()
    assert (
        truth.filter(pl.col("survey") == "galah")["radial_velocity_offset"].eq(0).all()
    )
    assert pq.read_schema(path).metadata == {b"seed": b"5", b"sky": kind.encode()}


def test_a_sky_of_a_name_that_is_not_known_is_left_alone(tmp_path: Path) -> None:
    simulate(tmp_path, stars=100, seed=5, survey="apogee")
    path = tmp_path / "truth.parquet"
    as_written_before(path, {"seed": "5", "sky": "purple"})
    with pytest.raises(StellarwhError, match=r"a sky that is not known \(apogee\)"):
        simulate(tmp_path, stars=100, seed=5, survey="galah")


def test_the_only_survey_of_a_folder_is_replaced_by_one_of_another_sky(
    tmp_path: Path,
) -> None:
    simulate(tmp_path, stars=100, seed=5, survey="apogee", full_width=True)
    simulate(tmp_path, stars=200, seed=6, survey="apogee")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"allStarLite-dr17-synspec_rev1.fits", "truth.parquet"}
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    assert truth["truth_id"].n_unique() == 200


def test_real_files_of_other_surveys_are_none_of_its_business(tmp_path: Path) -> None:
    real = tmp_path / "GALAH_DR3_main_allstar_v2.fits"
    Table({"RA": [1.0]}).write(real)
    before = real.read_bytes()
    simulate(tmp_path, stars=100, survey="lamost")
    assert real.read_bytes() == before


def test_the_command_writes_one_survey(tmp_path: Path) -> None:
    line = ["simulate", "--survey", "LAMOST", "--stars", "100", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    assert result.exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "dr7_v2.0_LRS_stellar.fits.gz",
        "truth.parquet",
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--survey", "sdss"], "The survey is 'sdss'; give apogee, galah, lamost"),
        (["--survey", ""], "The survey is ''"),
        (["--survey", "galah", "--full-width"], "leave out --full-width"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, options: list[str], says: str) -> None:
    line = ["simulate", *options, "--out", str(tmp_path / "new")]
    result = CliRunner().invoke(app, line)
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)
    assert not (tmp_path / "new").exists()
