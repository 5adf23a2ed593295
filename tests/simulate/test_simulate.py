"""What `simulate` promises: determinism, marks, counts, errors."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from astropy.io import fits
from simulated import STARS, Sky

from stellarwh.errors import StellarwhError
from stellarwh.simulate import run, simulate
from stellarwh.simulate import survey_file as surveyfile


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = simulate(tmp_path / "a", stars=300, seed=11)
    second = simulate(tmp_path / "b", stars=300, seed=11)
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes(), name


def test_another_seed_gives_other_stars_on_the_same_fields(tmp_path: Path) -> None:
    first = pl.read_parquet(simulate(tmp_path / "a", stars=300, seed=1)["truth"])
    second = pl.read_parquet(simulate(tmp_path / "b", stars=300, seed=2)["truth"])
    assert not set(first["teff"]) & set(second["teff"])


def test_tables_say_that_they_are_simulated(sky: Sky) -> None:
    for survey in ("apogee", "galah", "lamost"):
        with fits.open(sky.paths[survey]) as hdus:
            for hdu in hdus:
                assert hdu.header["ORIGIN"] == "stellarwh simulate"
                assert hdu.header["SIMULATE"] is True


def test_files_carry_the_names_of_the_releases(sky: Sky) -> None:
    assert {path.name for path in sky.paths.values()} == {
        "allStarLite-dr17-synspec_rev1.fits",
        "GALAH_DR3_main_allstar_v2.fits",
        "dr7_v2.0_LRS_stellar.fits.gz",
        "truth.parquet",
    }
    folder = sky.paths["truth"].parent
    assert {path.name for path in folder.iterdir()} == {
        path.name for path in sky.paths.values()
    }


def test_number_of_stars_is_the_number_asked_for(sky: Sky) -> None:
    assert sky.truth["truth_id"].n_unique() == STARS


def test_every_pair_of_surveys_and_all_three_overlap(sky: Sky) -> None:
    ids = {s: set(sky.truth_of(s)["truth_id"]) for s in ("apogee", "galah", "lamost")}
    # In the demo of 40,000 stars: thousands for each pair, 500 for all three.
    share = STARS / 40_000
    assert len(ids["apogee"] & ids["galah"]) > 4000 * share
    assert len(ids["apogee"] & ids["lamost"]) > 4000 * share
    assert len(ids["galah"] & ids["lamost"]) > 2000 * share
    assert len(ids["apogee"] & ids["galah"] & ids["lamost"]) > 1000 * share


def test_chunks_share_ids_and_plates_without_collision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CHUNK", 512)
    finished: list[int] = []
    paths = simulate(tmp_path, stars=2000, progress=finished.append)
    assert len(finished) > 3
    assert sum(finished) == 2000
    for survey, column in (("galah", "sobject_id"), ("lamost", "obsid")):
        with fits.open(paths[survey]) as hdus:
            ids = hdus[1].data[column]
            assert len(np.unique(ids)) == len(ids)
    truth = pl.read_parquet(paths["truth"])
    assert truth.select("survey", "source_id").is_unique().all()


@pytest.mark.parametrize(
    ("stars", "seed", "found"), [(0, 1, "stars is 0"), (10, -1, "seed is -1")]
)
def test_numbers_without_sense_are_refused(
    tmp_path: Path, stars: int, seed: int, found: str
) -> None:
    with pytest.raises(StellarwhError, match=found):
        simulate(tmp_path / "new", stars=stars, seed=seed)
    assert not (tmp_path / "new").exists()


def test_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StellarwhError, match="Cannot write the simulated files to"):
        simulate(tmp_path / "taken", stars=10)


def test_failure_leaves_no_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(surveyfile, "observe_lamost", fail)
    with pytest.raises(StellarwhError, match="No space left on device"):
        simulate(tmp_path, stars=100)
    assert not list(tmp_path.iterdir())


def test_survey_files_do_not_tell_the_truth(sky: Sky) -> None:
    for survey in ("apogee", "galah", "lamost"):
        names = sky.tables[survey].dtype.names or ()
        assert not any("truth" in name.lower() for name in names)
    # Ids made from the running number of a star must not keep its order.
    order = sky.truth_of("lamost")["truth_id"].to_numpy().argsort(kind="stable")
    uid = sky.tables["lamost"]["uid"][order]
    steps = uid[1:] >= uid[:-1]
    assert 0.4 < steps.mean() < 0.75


def test_nothing_else_in_the_package_names_the_truth_file(repository: Path) -> None:
    package = repository / "stellarwh"
    readers = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "truth.parquet" in path.read_text(encoding="utf-8")
    ]
    assert all(path.startswith(("simulate/", "cli/")) for path in readers), readers
