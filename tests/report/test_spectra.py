"""The page of spectra: indices, and the spectra that are unlike others."""

import shutil
from pathlib import Path

import pytest

import stellarwh
from stellarwh.simulate.spectra.files import FOLDER
from tests.report.html_checks import Page, check_page

STARS = 700


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with simulated spectra, beside which their files lie."""
    folder = tmp_path_factory.mktemp("spectra")
    paths = stellarwh.simulate_sky(
        folder, stars=STARS, survey="lamost", seed=5, spectra=STARS
    )
    with stellarwh.open(folder / "w.duckdb", write=True) as wh:
        wh.ingest("lamost", paths["lamost"])
        wh.build()
        wh.report(folder / "before")
        wh.ingest_spectra("lamost", paths["spectra"])
        wh.report(folder / "with")
    return folder / "w.duckdb"


def test_there_is_a_page_where_spectra_are_held(warehouse: Path) -> None:
    assert not (warehouse.parent / "before" / "spectra.html").exists()
    page = Page(warehouse.parent / "with" / "spectra.html")
    check_page(page)
    assert "of LAMOST, all simulated" in page.text
    for name in ("Hbeta", "Mgb", "Fe5270"):
        assert f"{name} against Teff and [Fe/H]" in page.text
    index = Page(warehouse.parent / "with" / "index.html")
    assert "spectra.html" in index.path.read_text(encoding="utf-8")


def test_spectra_unlike_others_are_drawn_with_their_bands(warehouse: Path) -> None:
    text = (warehouse.parent / "with" / "spectra.html").read_text(encoding="utf-8")
    assert text.count("the band of the feature and those of its continuum marked") == 6
    assert "that of like stars" in text
    assert "no longer where it was read from" not in text


def test_a_spectrum_whose_file_is_gone_is_told_of(
    warehouse: Path, tmp_path: Path
) -> None:
    spectra = warehouse.parent / FOLDER
    away = spectra.rename(tmp_path / "away")
    try:
        with stellarwh.open(warehouse) as wh:
            wh.report(tmp_path / "report")
    finally:
        away.rename(spectra)
    text = (tmp_path / "report" / "spectra.html").read_text(encoding="utf-8")
    assert text.count("no longer where it was read from") == 6
    assert text.count("that of like stars") == 6


def test_a_spectrum_whose_file_has_other_content_is_not_drawn(
    warehouse: Path, tmp_path: Path
) -> None:
    spectra = warehouse.parent / FOLDER
    away = spectra.rename(tmp_path / "away")
    shutil.copytree(away, spectra)
    for path in spectra.iterdir():
        path.write_bytes(path.read_bytes() + bytes(2880))
    try:
        with stellarwh.open(warehouse) as wh:
            wh.report(tmp_path / "report")
    finally:
        shutil.rmtree(spectra)
        away.rename(spectra)
    text = (tmp_path / "report" / "spectra.html").read_text(encoding="utf-8")
    assert text.count("has other content now") == 6
    assert "the band of the feature and those of its continuum" not in text


def test_simulated_spectra_beside_a_real_catalogue_are_called_so(
    warehouse: Path, tmp_path: Path
) -> None:
    path = tmp_path / "w.duckdb"
    shutil.copy(warehouse, path)
    with stellarwh.open(path, write=True) as wh:
        # As if its file were a real one.
        wh.connection.execute("update meta.ingests set is_simulated = false")
        wh.report(tmp_path / "report")
    page = Page(tmp_path / "report" / "spectra.html")
    assert "PARTLY SIMULATED DATA" in page.title
    assert "Written by stellarwh simulate: spectra of LAMOST" in page.text
