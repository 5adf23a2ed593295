"""Simulated spectra: as LAMOST's files are, with the indices that were asked for."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from astropy.io import fits
from scipy.stats import spearmanr
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.simulate import simulate
from stellarwh.simulate.spectra.calibration import calibrated_indices, calibrations
from stellarwh.simulate.spectra.files import FOLDER, clean_fluxes, indices_of
from stellarwh.spectra.definitions import read_definitions
from stellarwh.spectra.frame import rest_wavelengths
from stellarwh.spectra.indices import measure, measure_fluxes
from stellarwh.spectra.reading import read_spectra
from stellarwh.spectra.spectrum import Spectrum

STARS, SEED, WANTED = 900, 7, 200
NAMES = list(calibrations().names)


@dataclass(frozen=True)
class Simulated:
    """A sky with spectra, and what is true of their stars, in order of the files."""

    folder: Path
    files: list[Path]
    spectra: list[Spectrum]
    truth: pl.DataFrame

    def columns(self) -> dict[str, np.ndarray]:
        """Return what a spectrum is made from."""
        named = ("truth_id", "teff", "logg", "fe_h", "alpha_fe")
        velocity = self.truth["radial_velocity"] + self.truth["radial_velocity_offset"]
        return {
            **{name: self.truth[name].to_numpy() for name in named},
            "velocity": velocity.to_numpy(),
        }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("spectra")
    paths = simulate(folder, stars=STARS, seed=SEED, spectra=WANTED)
    files = sorted(paths["spectra"].iterdir())
    spectra = [spectrum for file in files for spectrum in read_spectra(file, "lamost")]
    ids = pl.DataFrame({"source_id": [spectrum.source_id for spectrum in spectra]})
    truth = pl.read_parquet(paths["truth"]).filter(pl.col("survey") == "lamost")
    joined = ids.join(truth, on="source_id", how="left", maintain_order="left")
    return Simulated(folder, files, spectra, joined)


def test_files_are_of_the_best_rows_of_the_catalogue(made: Simulated) -> None:
    assert len(made.files) == len(made.spectra) == WANTED
    assert made.truth["is_best"].all()
    assert made.truth["truth_id"].n_unique() == WANTED
    with fits.open(made.folder / "dr7_v2.0_LRS_stellar.fits.gz") as hdus:
        rows = {row["obsid"]: row for row in hdus[1].data}
    for spectrum in made.spectra:
        row = rows[int(spectrum.spectrum_id)]
        assert (spectrum.ra, spectrum.dec) == (row["ra"], row["dec"])
        assert spectrum.snr == pytest.approx(row["snrg"], abs=0.006)
        assert spectrum.velocity == pytest.approx(row["z"] * 299792.458, abs=1e-6)


def test_stars_that_apogee_has_come_first(made: Simulated) -> None:
    truth = pl.read_parquet(made.folder / "truth.parquet")
    apogee = truth.filter(pl.col("survey") == "apogee")["truth_id"]
    shared = truth.filter(
        (pl.col("survey") == "lamost") & pl.col("truth_id").is_in(apogee.implode())
    )["truth_id"].n_unique()
    mine = made.truth["truth_id"].is_in(apogee.implode()).sum()
    # Some of them are published as galaxies, which get none.
    assert 0.95 * min(shared, WANTED) <= mine <= shared


def test_layout_is_that_of_dr7_and_each_file_says_that_it_is_simulated(
    made: Simulated,
) -> None:
    assert {spectrum.layout for spectrum in made.spectra} == {"lamost-lrs-image"}
    assert {spectrum.release for spectrum in made.spectra} == {"DR7"}
    assert {spectrum.medium for spectrum in made.spectra} == {"vacuum"}
    for file in made.files[::20]:
        with fits.open(file) as hdus:
            hdus.verify("exception")
            header = hdus[0].header
            assert header["SIMULATE"] is True
            assert header["ORIGIN"] == "stellarwh simulate"
            assert header["FILENAME"] == file.name.removesuffix(".gz")


def test_spectra_without_noise_have_the_indices_of_their_stars(made: Simulated) -> None:
    chosen = {name: values[:80] for name, values in made.columns().items()}
    asked = indices_of(chosen)
    fluxes = clean_fluxes(chosen)
    definitions = read_definitions().chosen(NAMES)
    waves = made.spectra[0].pieces[0].wavelength
    measured = []
    for flux, velocity in zip(fluxes, chosen["velocity"], strict=True):
        rest = rest_wavelengths(waves, "vacuum", velocity)
        good = np.ones(len(rest), bool)
        found = measure_fluxes(rest, flux[None], flux[None], good, definitions)
        measured.append(found.value[0])
    in_magnitudes = np.array(definitions.units) == "mag"
    away = np.abs(np.array(measured) - asked)
    # What the step of LAMOST's pixels does where a band ends in a line.
    assert away[:, ~in_magnitudes].max() < 0.04
    assert away[:, in_magnitudes].max() < 4e-4
    assert np.median(away) < 5e-4


def test_noise_is_that_of_the_catalogue(made: Simulated) -> None:
    definitions = read_definitions().chosen(NAMES)
    columns = made.columns()
    asked = indices_of(columns)
    at = [place for place, one in enumerate(made.spectra) if one.snr > 5]
    found = [
        measure(made.spectra[place], definitions, columns["velocity"][place])
        for place in at
    ]
    pulls = np.array([one.value for one in found]) - asked[at]
    pulls /= np.array([one.err for one in found])
    assert np.nanmedian(np.abs(pulls)) * 1.4826 == pytest.approx(1.0, abs=0.06)
    assert abs(np.nanmedian(pulls)) < 0.06


def test_hydrogen_tells_the_temperature(made: Simulated) -> None:
    columns = made.columns()
    hbeta = read_definitions().chosen(["Hbeta"])
    snr = np.array([spectrum.snr for spectrum in made.spectra])
    is_cool = (columns["teff"] > 4000) & (columns["teff"] < 7500)
    cool = np.flatnonzero(is_cool & (snr > 20))
    values = [
        measure(made.spectra[place], hbeta, columns["velocity"][place]).value[0]
        for place in cool
    ]
    assert len(cool) > 100
    assert spearmanr(values, columns["teff"][cool]).statistic > 0.9


def indices(teff: float, logg: float, fe_h: float, alpha: float) -> dict[str, float]:
    cells = (np.array([cell]) for cell in (teff, logg, fe_h, alpha))
    return dict(zip(NAMES, calibrated_indices(*cells)[0], strict=True))


def test_calibrations_are_near_what_others_measured() -> None:
    """Vesta by GALAH: 2.58 Å of Hbeta. LAMOST's medians of A, G and K stars."""
    known = calibrations()
    assert indices(5772, 4.44, 0, 0)["Hbeta"] == pytest.approx(2.58, abs=0.3)
    assert indices(8500, 4.0, 0, 0)["Hbeta"] > 6.67  # A stars of all kinds
    assert indices(5600, 4.4, -0.2, 0)["Mgb"] == pytest.approx(3.3, abs=0.6)
    assert indices(5600, 4.4, -0.2, 0)["CN1"] == pytest.approx(-0.03, abs=0.04)
    assert np.all(known.rms > 0)


def test_strengths_follow_the_parameters() -> None:
    sun = indices(5772, 4.44, 0, 0)
    poor, warm = indices(5772, 4.44, -1, 0.4), indices(6500, 4.44, 0, 0)
    assert poor["Fe5270"] < 0.6 * sun["Fe5270"]
    assert warm["Hbeta"] > sun["Hbeta"] + 1
    assert warm["Mgb"] < sun["Mgb"]
    dwarf, giant = indices(4800, 4.6, 0, 0), indices(4800, 2.4, 0, 0)
    assert dwarf["Mgb"] > giant["Mgb"] + 1
    assert giant["CN1"] > dwarf["CN1"] + 0.05


def test_alpha_changes_magnesium_alone() -> None:
    plain, rich = indices(4800, 2.4, -0.5, 0.2), indices(4800, 2.4, -0.5, 0.4)
    changed = {name for name in NAMES if rich[name] != plain[name]}
    assert changed == {"Mg1", "Mgb"}
    assert rich["Mgb"] > plain["Mgb"]
    # At 0.2 dex they are those of MILES's stars.
    usual = indices(4800, 2.4, -0.5, 0.0)
    assert usual["Mgb"] < plain["Mgb"]


def test_catalogues_are_the_same_with_and_without_spectra(tmp_path: Path) -> None:
    simulate(tmp_path / "with", stars=150, seed=3, spectra=5)
    paths = simulate(tmp_path / "without", stars=150, seed=3)
    for path in paths.values():
        assert (tmp_path / "with" / path.name).read_bytes() == path.read_bytes()


def test_fewer_spectra_are_some_of_more(made: Simulated, tmp_path: Path) -> None:
    paths = simulate(tmp_path, stars=STARS, seed=SEED, survey="lamost", spectra=3)
    some = sorted(paths["spectra"].iterdir())
    assert len(some) == 3
    for file in some:
        assert file.read_bytes() == (made.folder / FOLDER / file.name).read_bytes()


def test_spectra_go_with_the_simulation_that_they_are_of(tmp_path: Path) -> None:
    simulate(tmp_path, stars=100, seed=1, spectra=2)
    simulate(tmp_path, stars=100, seed=1, survey="galah")
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
    simulate(tmp_path, stars=100, seed=2)
    assert not (tmp_path / FOLDER).exists()


def test_a_folder_with_files_that_are_not_simulated_stays(tmp_path: Path) -> None:
    real = tmp_path / FOLDER / "spec.fits.gz"
    real.parent.mkdir()
    real.write_bytes(gzip.compress(b"SIMPLE  =                    T"))
    with pytest.raises(StellarwhError, match="is not simulated"):
        simulate(tmp_path, stars=100, seed=1, spectra=2)
    simulate(tmp_path, stars=100, seed=1)
    assert real.exists()


def test_wrong_numbers_of_spectra_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="number of spectra is -1"):
        simulate(tmp_path, spectra=-1)
    asked = ["simulate", "--survey", "galah", "--spectra", "5", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, asked)
    assert isinstance(result.exception, UsageError)
    assert "The spectra are LAMOST's" in str(result.exception)


def test_the_command_says_how_many_it_wrote(tmp_path: Path) -> None:
    asked = ["simulate", "--survey", "lamost", "--stars", "100", "--spectra", "500"]
    result = CliRunner().invoke(app, [*asked, "--out", str(tmp_path)])
    assert result.exit_code == 0
    written = len(list((tmp_path / FOLDER).iterdir()))
    assert 90 < written <= 100
    line = next(s for s in result.output.splitlines() if s.startswith("spectra:"))
    assert line.endswith(f"({written} of LAMOST, of all its stars)")
