"""The page of spectra: indices, and the spectra that are unlike others."""

import re
import shutil
from pathlib import Path

import pytest

import stellarwh
from stellarwh.simulate.spectra.files import FOLDER
from tests.report.conftest import write_pages
from tests.report.html_checks import Page, check_page

STARS = 300
LOOKED_AT = "index.html", "lamost.html", "spectra.html", "cookbook.html"


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
        assert "spectra.html" not in write_pages(wh.connection, folder / "before")
        wh.ingest_spectra("lamost", paths["spectra"])
        write_pages(wh.connection, folder / "with", *LOOKED_AT)
        # What the report keeps for itself goes with it.
        kept = "select count(*) from duckdb_tables() where temporary"
        assert wh.connection.execute(kept).fetchall() == [(0,)]
    return folder / "w.duckdb"


def test_there_is_a_page_where_spectra_are_held(warehouse: Path) -> None:
    page = Page(warehouse.parent / "with" / "spectra.html")
    check_page(page)
    assert "of LAMOST, all simulated" in page.text
    for name in ("Hbeta", "Mgb", "Fe5270"):
        assert f"{name} against Teff and [Fe/H]" in page.text
    index = Page(warehouse.parent / "with" / "index.html")
    assert "spectra.html" in index.path.read_text(encoding="utf-8")


def test_the_page_counts_what_the_warehouse_holds(warehouse: Path) -> None:
    page = Page(warehouse.parent / "with" / "spectra.html")
    with stellarwh.open(warehouse) as wh:
        n, low = wh.connection.execute(
            "select count(value), quantile_cont(value, 0.16) "
            "from raw.spectral_indices where index_name = 'Hbeta'"
        ).fetchall()[0]
    cells = re.search(r"Hbeta\s*LAMOST\s*Å\s*(\d+)\s+\S+\s+(\S+)", page.text)
    assert cells is not None
    assert int(cells[1]) == n
    assert float(cells[2].replace("−", "-")) == pytest.approx(low, rel=0.01)
    index = Page(warehouse.parent / "with" / "index.html").text
    assert re.search(r"Spectra of LAMOST\s+spectra\s*simulated\s*\d+", index)


def test_a_warehouse_of_spectra_alone_is_not_empty(
    warehouse: Path, tmp_path: Path
) -> None:
    file = next((warehouse.parent / FOLDER).glob("*.fits*"))
    (tmp_path / "bad.fits").write_bytes(b"no FITS")
    with stellarwh.open(tmp_path / "w.duckdb", write=True) as wh:
        wh.ingest_spectra("lamost", file, tmp_path / "bad.fits")
        wh.ingest_spectra("sdss", file)
        files = write_pages(wh.connection, tmp_path / "before", "index.html")
        wh.build()
        write_pages(wh.connection, tmp_path / "after", "index.html", "spectra.html")
    for name in ("before", "after"):
        index = Page(tmp_path / name / "index.html")
        check_page(index)
        assert re.search(r"1 spectrum,\s+simulated\s*\.", index.text)
        assert "SIMULATED DATA" in index.title
    assert files == {"index.html"}
    page = Page(tmp_path / "after" / "spectra.html")
    check_page(page)
    assert "LAMOST, all simulated, of no star of a catalogue here" in page.text
    assert "bad.fits" in page.text
    # It is held as one of another survey.
    assert "expected one of sdss" not in page.text


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
            write_pages(wh.connection, tmp_path / "report", "spectra.html")
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
            write_pages(wh.connection, tmp_path / "report", "spectra.html")
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
        write_pages(wh.connection, tmp_path / "report", "spectra.html")
    page = Page(tmp_path / "report" / "spectra.html")
    assert "PARTLY SIMULATED DATA" in page.title
    assert "Written by stellarwh simulate: spectra of LAMOST" in page.text
