"""`stellarwh cite`: what the files of a warehouse ask to be cited."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stellarwh
from tests.surveys.test_citations import entries


def cite(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stellarwh", "--warehouse", path, "cite", *words],
        capture_output=True,
        text=True,
        check=False,
    )


SOFTWARE = {
    "stellarwh", "Astropy2013", "Astropy2018", "Astropy2022", "Raasveldt2019",
    "Pedregosa2011", "Chen2016",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("simulated")
    stellarwh.simulate_sky(folder, stars=200, spectra=0)
    return {
        survey: next(folder.glob(f"*{name}*"))
        for survey, name in [("apogee", "allStar"), ("galah", "GALAH")]
    }


@pytest.fixture
def empty(warehouse_path: Path) -> Path:
    """Return a warehouse in which nothing is, not even what a build makes."""
    with stellarwh.open(warehouse_path, write=True):
        pass
    return warehouse_path


def test_an_empty_warehouse_asks_for_the_software_alone(empty):
    told = cite(empty)
    assert told.returncode == 0
    assert told.stderr == ""
    assert "No catalogue is ingested: no data are to be cited." in told.stdout
    assert set(entries(told.stdout)) == SOFTWARE
    assert entries(told.stdout)["stellarwh"]["version"] == stellarwh.__version__


def test_where_there_is_no_warehouse_one_line_says_so(tmp_path):
    told = cite(tmp_path / "none.duckdb")
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1
    assert "none.duckdb" in told.stderr
    assert not (tmp_path / "none.duckdb").exists()


def test_nothing_is_cited_for_simulated_files(files, warehouse_path):
    with stellarwh.open(warehouse_path, write=True) as wh:
        wh.ingest("apogee", files["apogee"])
        told = wh.cite()
    assert told.simulated == ("raw.apogee",)
    assert set(entries(told.bibtex)) == SOFTWARE
    text = " ".join(cite(warehouse_path).stdout.split())
    assert "raw.apogee: SIMULATED. Nothing is to be cited for these rows" in text
    for survey in ("Sloan", "Gaia", "2MASS"):
        assert survey not in text


def test_real_files_ask_by_release_and_by_the_columns_that_hold_values(
    realdata, files, tmp_path, warehouse_path
):
    mine = tmp_path / "mine.parquet"
    pq.write_table(pa.table({"ra": [1.0], "dec": [2.0]}), mine)
    with stellarwh.open(warehouse_path, write=True) as wh:
        wh.ingest("apogee", realdata / "apogee" / "casjobs-dr17-1612rows.fits")
        wh.ingest("galah", files["galah"])
        wh.ingest("lamost", realdata / "lamost" / "dr1_afgk-3165rows.csv")
        wh.ingest("mine", mine, ra="ra", dec="dec")
    told = cite(warehouse_path)
    assert told.returncode == 0, told.stderr
    text = " ".join(told.stdout.split())
    assert "## APOGEE: DR17 CasJobs export" in text
    assert "University of Wisconsin, Vanderbilt University, and Yale" in text
    assert "## LAMOST low-resolution spectra: DR1 by the file's name" in text
    assert "National Major Scientific Project built by the Chinese Academy" in text
    assert "raw.galah: SIMULATED." in text
    assert "raw.mine: not a survey that stellarwh knows." in text
    cited = set(entries(told.stdout)) - SOFTWARE
    # The export has Gaia's ids and distances and the 2MASS names; magnitudes of
    # Pan-STARRS came with later releases of LAMOST, and WISE is not in these columns.
    assert cited == {
        "Abdurrouf2022", "Majewski2017", "Blanton2017", "GarciaPerez2016",
        "Gaia2016", "Gaia2021", "BailerJones2021", "Skrutskie2006",
        "Cui2012", "Zhao2012", "Luo2015",
    }  # fmt: skip


def test_bibtex_goes_to_a_file_that_is_not_replaced_unasked(empty, tmp_path):
    out = tmp_path / "new" / "refs.bib"
    first = cite(empty, "--bibtex", "--out", out)
    assert first.returncode == 0
    assert first.stdout == f"Wrote 7 references to {out}.\n"
    text = out.read_text("utf-8")
    assert text.startswith("@misc{stellarwh,")
    assert set(entries(text)) == SOFTWARE
    assert cite(empty, "--bibtex").stdout == text
    again = cite(empty, "--out", out)
    assert again.returncode == 1
    assert again.stderr.endswith("exists already; add --overwrite to replace it.\n")
    assert cite(empty, "--out", out, "--overwrite").returncode == 0
    assert out.read_text("utf-8").startswith("# Data\n")


def test_the_warehouse_is_never_replaced(empty):
    before = empty.stat()
    told = cite(empty, "--out", empty, "--overwrite")
    assert told.returncode == 1
    assert "is the warehouse" in told.stderr
    assert empty.stat().st_ino == before.st_ino


def test_a_value_of_memory_is_marked(realdata, warehouse_path):
    with stellarwh.open(warehouse_path, write=True) as wh:
        wh.ingest("apogee", realdata / "apogee" / "allStar-dr13-8rows.fits")
        told = wh.cite()
    assert "% From memory, to be compared with ADS: title.\n@article{Albareti2017" in (
        told.bibtex
    )
    assert "GarciaPerez2016" in entries(told.bibtex)
