"""Spectra taken in: which files go in, which do not and why, and what again means."""

import csv
import hashlib
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from typer.testing import CliRunner

import stellarwh
from stellarwh.cli import app
from stellarwh.content import content_dir
from stellarwh.errors import (
    InputFileError,
    StellarwhError,
    TaskError,
    UsageError,
    WarehouseError,
)
from stellarwh.spectra import ingest, store, work, workers
from stellarwh.spectra.star_indices import render_glossary, render_view
from stellarwh.warehouse.freshness import sources_of
from stellarwh.warehouse.status import describe_warehouse
from tests.spectra.files import lamost_rows, write_galah, write_lamost
from tests.spectra.published import reference_rows

# Lines of a star like the Sun, Å in vacuum, and their equivalent widths.
LINES = (
    (3934.8, 9.0), (3969.6, 7.0), (4102.9, 3.0), (4227.9, 1.5), (4341.7, 3.0),
    (4384.8, 1.2), (4862.7, 3.7), (5168.8, 1.2), (5174.1, 1.5), (5185.0, 1.9),
    (5270.9, 1.2), (5329.5, 0.8), (5891.6, 0.9), (5897.6, 0.7), (6564.6, 4.0),
    (8500.4, 1.2), (8544.4, 3.2), (8664.5, 2.6),
)  # fmt: skip
PIXELS = 3_800


def write_star(path: Path, obsid: int = 1, *, z: float = 1e-4, seed=0, **changed):
    """Write a spectrum of LAMOST with lines at z, and noise of its own."""
    rows = lamost_rows(PIXELS)
    waves = 10 ** (3.57 + 1e-4 * np.arange(PIXELS))
    flux = np.ones(PIXELS)
    for line, width in LINES:
        sigma = 2.0
        away = (waves - line * (1 + z)) / sigma
        flux -= width / (sigma * np.sqrt(2 * np.pi)) * np.exp(-(away**2) / 2)
    noise = np.random.default_rng(seed or obsid).normal(0, 0.01, PIXELS)
    rows[0], rows[1], rows[2] = flux + noise, 1e4, waves
    header = {"OBSID": obsid, "COEFF0": 3.57, "Z": z, "RA": 10.0, "DEC": 20.0}
    return write_lamost(path, rows, **(header | changed))


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stars")
    for obsid in (1, 2, 3):
        write_star(folder / f"spec-{obsid}.fits", obsid)
    return folder


@pytest.fixture
def wh(warehouse_path):
    with stellarwh.open(warehouse_path, write=True) as opened:
        yield opened


def rows(wh, sql: str, *parameters):
    return wh.connection.execute(sql, list(parameters)).fetchall()


def everything(wh):
    tables = ("raw.spectra", "raw.spectral_indices", "meta.measured_indices")
    return [rows(wh, f"from {table} order by all") for table in tables]


def refusals(wh) -> dict[str, str]:
    return {
        Path(file).name: reason
        for file, reason in rows(
            wh, "select file, refusal from raw.spectra where refusal is not null"
        )
    }


def test_spectra_of_a_folder_go_in(wh, stars):
    told = wh.ingest_spectra("lamost", stars)
    assert (told.files, told.spectra, told.refused) == (3, 3, 0)
    found = rows(
        wh,
        "select spectrum_id, source_id, velocity_source, round(velocity, 3), n_pixels, "
        "good_fraction, medium, healpix = healpix_nested(29, 10, 20), round(snr, 2) "
        "from raw.spectra order by spectrum_id",
    )
    one = ("header", 29.979, PIXELS, 1.0, "vacuum", True, 12.25)
    assert found == [(i, i, *one) for i in "123"]
    counted = rows(
        wh,
        "select spectrum_id, count(*), count(value), count(*) filter (reason is null) "
        "from raw.spectral_indices group by all order by all",
    )
    assert {(n, values == reasonless) for _, n, values, reasonless in counted} == {
        (61, True)
    }
    # A line of 3.7 Å within Lick's bands of Hβ, whose sides its wings hardly reach.
    (value, err), *_ = rows(
        wh,
        "select value, err from raw.spectral_indices where index_name = 'Hbeta'",
    )
    assert value == pytest.approx(3.7, abs=4 * err)
    assert 0.01 < err < 0.1


def test_the_same_files_again_change_nothing_wherever_they_lie(wh, stars, tmp_path):
    wh.ingest_spectra("lamost", stars)
    before = everything(wh)
    elsewhere = tmp_path / "moved"
    shutil.copytree(stars, elsewhere)
    for folder in (stars, elsewhere):
        told = wh.ingest_spectra("lamost", folder)
        assert (told.spectra, told.held, told.refused) == (0, 3, 0)
        assert everything(wh) == before
    write_star(elsewhere / "spec-4.fits", 4)
    told = wh.ingest_spectra("lamost", elsewhere)
    assert (told.spectra, told.held) == (1, 3)
    after = everything(wh)
    assert set(before[0]) < set(after[0])
    assert len(after[1]) == 4 * 61


def test_what_cannot_go_in_is_named_with_the_reason(wh, stars, tmp_path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    whole = (stars / "spec-1.fits").read_bytes()
    (folder / "truncated.fits").write_bytes(whole[:20_000])
    (folder / "empty.fits").write_bytes(b"")
    (folder / "text.fits").write_text("a,b\n1,2\n")
    (folder / "a-copy.fits").write_bytes(whole)
    (folder / "b-copy.fits").write_bytes(whole)
    (folder / "gone.fits").symlink_to(folder / "nothing.fits")
    nothing = lamost_rows()
    nothing[0] = np.nan
    write_lamost(folder / "nan.fits", nothing, OBSID=9)
    write_galah(folder / "1401010001010011.fits")
    write_star(folder / "other-content.fits", 1, seed=99)
    (folder / "notes.txt").write_text("not a spectrum")
    told = wh.ingest_spectra("lamost", folder)
    assert (told.files, told.spectra, told.refused, told.n_others) == (9, 1, 8, 1)
    reasons = refusals(wh)
    for name, words in {
        "truncated.fits": "truncated",
        "empty.fits": "is empty",
        "text.fits": "expected a FITS file",
        "b-copy.fits": f"is the same file as {folder / 'a-copy.fits'}",
        "gone.fits": "is a link to nothing",
        "nan.fits": "all 60 pixels are NaN",
        "1401010001010011.fits": "a spectrum of galah",
        "other-content.fits": "is of the spectrum 1, as",
    }.items():
        assert words in reasons.pop(name), name
    assert reasons == {}
    before = everything(wh)
    again = wh.ingest_spectra("lamost", folder)
    # What has no content is looked at each time.
    assert (again.spectra, again.held + again.refused_before) == (0, 8)
    assert [r[3] for r in everything(wh)[0]] == [r[3] for r in before[0]]


def test_a_file_that_is_mended_goes_in(wh, stars, tmp_path):
    path = tmp_path / "one.fits"
    path.write_bytes((stars / "spec-1.fits").read_bytes()[:30_000])
    assert wh.ingest_spectra("lamost", path).all_refused
    shutil.copy(stars / "spec-1.fits", path)
    assert wh.ingest_spectra("lamost", path).spectra == 1
    assert rows(wh, "select spectrum_id, refusal from raw.spectra") == [("1", None)]


def own_definitions(path: Path, band: str = "5000,5040", name: str = "mine") -> Path:
    path.write_text(
        "name,unit,band_lo,band_hi,blue_lo,blue_hi,red_lo,red_hi,medium,source\n"
        f"{name},A,{band},4980,4990,5050,5060,air,me\n"
    )
    return path


def test_further_indices_are_measured_alone(wh, stars, tmp_path):
    wh.ingest_spectra("lamost", stars / "spec-1.fits", stars / "spec-2.fits")
    before = everything(wh)
    own = own_definitions(tmp_path / "own.csv")
    told = wh.ingest_spectra("lamost", stars, definitions=own)
    assert (told.spectra, told.measured_anew, told.held) == (1, 2, 0)
    after = everything(wh)
    assert set(before[1]) < set(after[1])
    mine = rows(
        wh,
        "select spectrum_id, value is not null, unit from raw.spectral_indices "
        "where index_name = 'mine' order by all",
    )
    assert mine == [("1", True, "A"), ("2", True, "A"), ("3", True, "A")]
    assert rows(wh, "select index_name from meta.measured_indices where is_own") == [
        ("mine",)
    ]
    assert wh.ingest_spectra("lamost", stars, definitions=own).held == 3


def test_only_files_that_lack_indices_are_read_again(wh, stars, tmp_path, monkeypatch):
    wh.ingest_spectra("lamost", stars)
    own = own_definitions(tmp_path / "own.csv")
    wh.ingest_spectra("lamost", stars / "spec-2.fits", definitions=own)
    read, read_spectra = [], work.read_spectra
    monkeypatch.setattr(
        work,
        "read_spectra",
        lambda *of: [read.append(of[0].name), read_spectra(*of)][1],
    )
    told = wh.ingest_spectra("lamost", stars, definitions=own)
    assert (told.measured_anew, told.held) == (2, 1)
    assert sorted(read) == ["spec-1.fits", "spec-3.fits"]


def test_a_file_that_was_written_anew_is_told(wh, tmp_path):
    path = write_star(tmp_path / "one.fits", 1)
    wh.ingest_spectra("lamost", path)
    write_star(path, 1, seed=5)
    told = wh.ingest_spectra("lamost", path)
    (refusal,) = told.refusals
    assert refusal.reason.startswith(f"{path} had other content when the spectrum 1")
    assert wh.ingest_spectra("lamost", path, replace=True).spectra == 1
    assert rows(wh, "select refusal from raw.spectra") == [(None,)]


def test_a_file_too_large_for_a_spectrum_is_not_even_hashed(wh, stars, tmp_path):
    with (tmp_path / "catalogue.fits").open("wb") as file:
        file.truncate(1 << 40)
    told = wh.ingest_spectra("lamost", tmp_path / "catalogue.fits", stars)
    assert (told.spectra, told.refused) == (3, 1)
    assert "more than 128 MiB" in refusals(wh)["catalogue.fits"]


@pytest.mark.parametrize("name", ["mine", "Mine"])
def test_a_name_never_means_two_definitions(wh, stars, tmp_path, name):
    one = stars / "spec-1.fits"
    own = own_definitions(tmp_path / "own.csv")
    wh.ingest_spectra("lamost", one, definitions=own)
    other = own_definitions(tmp_path / "other.csv", "5005,5040", name)
    before = everything(wh)
    with pytest.raises(UsageError, match="by another definition"):
        wh.ingest_spectra("lamost", one, definitions=other)
    assert everything(wh) == before
    wh.ingest_spectra("lamost", one, definitions=other, replace=True)
    (found,) = rows(
        wh,
        "select index_name, count(*), min(definition) from raw.spectral_indices "
        "inner join meta.measured_indices using (index_name) "
        "where lower(index_name) = 'mine' group by all",
    )
    assert found == (name, 1, "A: 5005-5040; continuum by 4980-4990 5050-5060; air")


def test_one_spectrum_takes_the_place_of_another(wh, stars, tmp_path):
    wh.ingest_spectra("lamost", stars)
    new = write_star(tmp_path / "anew.fits", 2, z=2e-4)
    assert wh.ingest_spectra("lamost", new).all_refused
    told = wh.ingest_spectra("lamost", new, replace=True)
    assert (told.spectra, told.refused) == (1, 0)
    found = rows(
        wh, "select spectrum_id, file, round(velocity) from raw.spectra order by all"
    )
    assert [(i, Path(file).name, v) for i, file, v in found] == [
        ("1", "spec-1.fits", 30), ("2", "anew.fits", 60), ("3", "spec-3.fits", 30),
    ]  # fmt: skip
    assert len(everything(wh)[1]) == 3 * 61


def test_the_velocity_is_the_catalogues_then_the_headers_then_that_of_lines(
    wh, tmp_path
):
    wh.build()
    wh.connection.execute(
        "insert into raw.lamost by name select unnest([11, 12]) as obsid, "
        "unnest([31.5, -9999]) as rv, unnest([2.5, -9999]) as rv_err"
    )
    write_star(tmp_path / "a.fits", 11, z=1.1e-4)
    write_star(tmp_path / "b.fits", 12, z=1.1e-4)
    write_star(tmp_path / "c.fits", 13, z=1.1e-4, Z=-9999.0)
    flat = lamost_rows(PIXELS)
    flat[0] = 100 + np.random.default_rng(3).normal(0, 20, PIXELS)
    flat[2] = 10 ** (3.57 + 1e-4 * np.arange(PIXELS))
    write_lamost(tmp_path / "d.fits", flat, OBSID=14, Z=-9999.0, COEFF0=3.57)
    told = wh.ingest_spectra("lamost", tmp_path)
    found = rows(
        wh,
        "select spectrum_id, velocity_source, velocity, velocity_err from raw.spectra "
        "order by spectrum_id",
    )
    z = 1.1e-4 * 299_792.458
    assert found[0] == ("11", "catalogue", 31.5, 2.5)
    assert found[1] == ("12", "header", pytest.approx(z), None)
    assert found[2][:2] == ("13", "cross-correlation")
    assert found[2][2] == pytest.approx(z, abs=5 * found[2][3])
    assert found[3] == ("14", None, None, None)
    assert rows(
        wh,
        "select distinct value, reason from raw.spectral_indices "
        "where spectrum_id = '14'",
    ) == [(None, "no velocity")]
    assert told.by_velocity == {
        "catalogue": 1, "header": 1, "cross-correlation": 1, None: 1
    }  # fmt: skip


@pytest.mark.parametrize("stated", [-1.0, -2.0, 1e9, -9999.9])
def test_a_header_of_impossible_redshift_is_not_believed(wh, tmp_path, stated):
    write_star(tmp_path / "a.fits", 11, z=1e-4, Z=stated)
    wh.ingest_spectra("lamost", tmp_path)
    ((source, velocity, disputed),) = rows(
        wh, "select velocity_source, velocity, disputed_velocity from raw.spectra"
    )
    assert (source, disputed) == ("cross-correlation", None)
    assert velocity == pytest.approx(30, abs=15)


def test_lines_tell_where_what_is_stated_is_far_from_them(wh, tmp_path):
    """Header and catalogue far apart, the header wrong, the catalogue impossible."""
    wh.build()
    wh.connection.execute(
        "insert into raw.lamost by name select unnest([11, 13, 14]) as obsid, "
        "unnest([300.0, 3000, -180]) as rv"
    )
    write_star(tmp_path / "a.fits", 11, z=1e-4)
    write_star(tmp_path / "b.fits", 12, z=1e-4, Z=-9e-4)
    write_star(tmp_path / "c.fits", 13, z=1e-4)
    write_star(tmp_path / "d.fits", 14, z=1e-4, Z=-6e-4)
    told = wh.ingest_spectra("lamost", tmp_path)
    found = rows(
        wh,
        "select velocity_source, velocity, disputed_velocity, value "
        "from raw.spectra inner join raw.spectral_indices using (spectrum_id) "
        "where index_name = 'Hbeta' order by spectrum_id",
    )
    lines, header = ("cross-correlation", pytest.approx(30, abs=15)), ("header",)
    assert [row[:2] for row in found[:2]] == [lines, lines]
    assert found[2][:3] == (*header, pytest.approx(29.98, abs=0.01), None)
    assert found[3][:2] == lines
    assert [row[2] for row in found] == [
        300.0, pytest.approx(-269.8, abs=0.1), None, -180.0
    ]  # fmt: skip
    assert told.disputed == 3
    # Shifted by any of what was stated it would be 1 Å and less.
    assert [row[3] for row in found] == pytest.approx([3.7] * 4, abs=0.3)


def test_what_is_stopped_leaves_whole_files_and_goes_on(
    warehouse_path, stars, monkeypatch
):
    monkeypatch.setattr(ingest, "_BATCH_FILES", 1)
    write, written = ingest._write, []

    def stop_at_the_third(*arguments, **options):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(1)
        write(*arguments, **options)

    monkeypatch.setattr(ingest, "_write", stop_at_the_third)
    with (
        pytest.raises(KeyboardInterrupt),
        stellarwh.open(warehouse_path, write=True) as wh,
    ):
        wh.ingest_spectra("lamost", stars)
    monkeypatch.setattr(ingest, "_write", write)
    with stellarwh.open(warehouse_path, write=True) as wh:
        left = rows(
            wh,
            "select spectrum_id, count(*) from raw.spectra inner join "
            "raw.spectral_indices using (survey, spectrum_id) group by all order by 1",
        )
        assert left == [("1", 61), ("2", 61)]
        told = wh.ingest_spectra("lamost", stars)
        assert (told.spectra, told.held) == (1, 2)


def test_processes_beside_give_the_same_in_the_same_order(tmp_path, stars, monkeypatch):
    """Whichever is faster: the first of two copies, or of two of one id, goes in."""
    monkeypatch.setattr(ingest, "_BATCH_FILES", 2)
    folder = tmp_path / "some"
    folder.mkdir()
    for number in range(9):
        write_star(folder / f"{number}.fits", 10 + number % 7, seed=number + 1)
    shutil.copy(folder / "1.fits", folder / "2-copy.fits")
    (folder / "5.fits").write_bytes(b"")
    found = []
    for jobs in (1, 2):
        with stellarwh.open(tmp_path / f"{jobs}.duckdb", write=True) as wh:
            told = wh.ingest_spectra("lamost", folder, jobs=jobs)
            assert (told.files, told.spectra, told.refused) == (10, 6, 4)
            found.append(
                [
                    rows(
                        wh,
                        "select * exclude (ingested_at) from raw.spectra order by file",
                    ),
                    *everything(wh)[1:],
                ]
            )
    assert found[0] == found[1]


def test_a_process_that_ends_is_told_in_a_line(wh, stars, monkeypatch):
    monkeypatch.setattr(workers.sys, "executable", shutil.which("false"))
    with pytest.raises(StellarwhError, match="has ended"):
        wh.ingest_spectra("lamost", stars, jobs=2)
    assert rows(wh, "from raw.spectra") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_command_that_is_ended_leaves_whole_files(tmp_path, number, jobs):
    path = tmp_path / "stopped.duckdb"
    folder = tmp_path / "many"
    folder.mkdir()
    for obsid in range(1, 31):
        write_star(folder / f"{obsid:03}.fits", obsid)
    # What is read from a pipe waits: the command is at work as long as it is to be.
    code = (
        "import sys; from stellarwh.spectra import ingest, work; from stellarwh import "
        "cli; ingest._BATCH_FILES = 10; write = ingest._write\n"
        "def wait(*of, **more):\n"
        "    write(*of, **more); print('written', flush=True)\n"
        "    if len(seen) == 1: import time; time.sleep(600)\n"
        "    seen.append(1)\n"
        "seen = []; ingest._write = wait; cli.main()\n"
    )
    command = [
        sys.executable, "-c", code, "--warehouse", str(path), "ingest-spectra",
        "lamost", str(folder), "--jobs", jobs,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for _ in range(2):
            assert child.stdout.readline() == "written\n"
        child.send_signal(number)
        child.wait(timeout=60)
    assert child.returncode != 0
    with stellarwh.open(path, write=True) as wh:
        counts = "select count(*), count(distinct spectrum_id) from raw."
        (spectra,) = rows(wh, f"{counts}spectra")
        (indices,) = rows(wh, f"{counts}spectral_indices")
        assert spectra == (10, 10)
        assert indices == (610, 10)
        told = wh.ingest_spectra("lamost", folder)
        assert (told.spectra, told.held) == (20, 10)


def test_status_tells_of_spectra(wh, stars, tmp_path):
    assert wh.status()["spectra"] == []
    (tmp_path / "text.fits").write_text("no")
    wh.ingest_spectra("lamost", stars, tmp_path / "text.fits")
    (told,) = wh.status()["spectra"]
    del told["ingested_at"]
    assert told == {
        "survey": "lamost", "spectra": 3, "files": 3, "is_simulated": False,
        "refused": 1, "indices": 61,
    }  # fmt: skip
    lines = describe_warehouse(wh.connection, wh.path)
    (line,) = [line for line in lines if "raw.spectra" in line]
    assert "3 spectra of lamost (1 refused), 61 indices, from 3 files" in line


def test_what_is_simulated_is_called_so(wh, stars, tmp_path):
    wh.build()
    wh.ingest_spectra("lamost", stars)
    measured = "select value from raw.spectral_indices"
    assert wh.sql(measured).to_astropy().meta.get("SIMULATE") is None
    made = write_star(tmp_path / "made.fits", 8, SIMULATE=True)
    wh.ingest_spectra("lamost", made)
    assert wh.sql(measured).to_astropy().meta["SIMULATE"] is True
    assert rows(
        wh, "select spectrum_id from raw.spectra where is_simulated order by all"
    ) == [("8",)]
    (line,) = [
        line
        for line in describe_warehouse(wh.connection, wh.path)
        if "raw.spectra" in line
    ]
    assert "of lamost, SIMULATED, " in line


def test_views_are_there_before_any_spectrum(built_connection):
    for table in ("main.star_spectra", "main.star_indices", "raw.spectral_indices"):
        assert built_connection.execute(f"from {table}").fetchall() == []


def test_indices_of_a_star_are_columns(wh, stars):
    wh.ingest_spectra("lamost", stars)
    wh.build()
    wh.connection.execute(
        "insert into main.stars by name select 7 as star_id, 10.0 as ra, 20.0 as dec, "
        "healpix_nested(29, 10, 20) as healpix"
    )
    assert rows(wh, "select distinct star_id, matched_by from main.star_spectra") == [
        (7, "position")
    ]
    (found,) = rows(
        wh,
        "select star_id, optical_survey, optical_id, hbeta, mgb_err "
        "from main.star_indices",
    )
    assert found[:3] == (7, "lamost", "1")
    assert found[3:] == tuple(
        rows(
            wh,
            "select max(value) filter (index_name = 'Hbeta'), "
            "max(err) filter (index_name = 'Mgb') from raw.spectral_indices "
            "where spectrum_id = '1'",
        )[0]
    )


def test_the_wide_view_and_its_glossary_are_those_of_the_definitions():
    for name, render in (
        ("marts/star_indices.sql", render_view),
        ("columns.csv", render_glossary),
    ):
        text = (content_dir("sql") / name).read_text(encoding="utf-8")
        assert render(text) == text, "run make pages"


@pytest.mark.parametrize(
    ("survey", "names", "error", "words"),
    [
        ("lamos", ["."], UsageError, "Did you mean 'lamost'"),
        ("lamost", [], UsageError, "Name files"),
        ("lamost", ["no.fits"], InputFileError, "There is no file no.fits"),
        ("lamost", ["no-*.fits"], InputFileError, "no files that match no-"),
        ("lamost", ["folder"], InputFileError, "folder holds no file that ends in"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    wh, tmp_path, monkeypatch, survey, names, error, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    before = everything(wh)
    with pytest.raises(error, match=words):
        wh.ingest_spectra(survey, *names)
    assert everything(wh) == before


def test_patterns_and_folders_name_each_file_once(wh, stars, monkeypatch):
    monkeypatch.chdir(stars.parent)
    told = wh.ingest_spectra(
        "lamost", f"{stars.name}/*-[12].fits", stars, f"**/{stars.name}/spec-1.fits"
    )
    assert (told.files, told.spectra, told.refused) == (3, 3, 0)


@pytest.mark.parametrize("name", ["spectra", "spectral_indices"])
def test_no_catalogue_takes_the_place_of_spectra(wh, tmp_path, name):
    file = tmp_path / "stars.csv"
    file.write_text("ra,dec\n1,2\n")
    with pytest.raises(UsageError, match="ingest-spectra"):
        wh.ingest(name, file)


@pytest.mark.parametrize("work", ["build", "ingest_spectra"])
def test_a_catalogue_that_has_the_name_is_told(tmp_path, built_path, stars, work):
    """Versions before there were spectra let it be called so."""
    path = tmp_path / "old.duckdb"
    shutil.copy(built_path, path)
    with stellarwh.open(path, write=True) as wh:
        wh.connection.execute("create or replace table raw.spectra (ra double)")
        arguments = ("lamost", stars) if work == "ingest_spectra" else ()
        with pytest.raises(WarehouseError, match="drop table"):
            getattr(wh, work)(*arguments)
        wh.connection.execute("drop table raw.spectra")
    with stellarwh.open(path, write=True) as wh:
        assert wh.ingest_spectra("lamost", stars).spectra == 3


# The ten of the outside list, which has them for wavelengths at rest in air.
TEN = (
    "Hbeta", "Mgb", "Fe5270", "Fe5335", "NaD", "CN1", "Ca4227", "G4300", "HdeltaA",
    "HgammaA",
)  # fmt: skip


@pytest.fixture(scope="module")
def real_values(realdata, manifest, duckdb_shell, tmp_path_factory):
    """Return what the duckdb shell finds of the real files, by file and index."""
    folder = realdata / "spectra"
    path = tmp_path_factory.mktemp("real") / "real.duckdb"
    with stellarwh.open(path, write=True) as wh:
        for survey, least in (("lamost", 120), ("sdss", 4), ("apogee", 15)):
            told = wh.ingest_spectra(survey, folder)
            assert told.spectra >= least
            # All others are of another survey, none is missing.
            assert told.spectra + told.refused >= told.files
    out = subprocess.run(
        [
            duckdb_shell, "-readonly", "-csv", str(path),
            "select s.file, i.index_name, i.value from raw.spectral_indices as i "
            "inner join raw.spectra as s using (survey, spectrum_id) "
            "where s.refusal is null and velocity_source = 'header'",
        ],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {
        (str(Path(row["file"]).relative_to(folder)), row["index_name"]): row["value"]
        for row in csv.DictReader(out.splitlines())
        if row["value"] not in ("", "NULL")
    }


def test_real_files_give_the_values_of_another_program(realdata, real_values):
    """Measured by pylick 1.0.2, on pixels that are all good."""
    folder, found = realdata / "spectra", real_values
    compared, others = 0, []
    for row in reference_rows(folder, method="pylick_exact", frame="rest_air"):
        for index in TEN:
            key = (row["file"], index)
            if row[f"{index}_nbad"] != "0.0" or not row[index] or key not in found:
                continue
            compared += 1
            # Relative, for a spectrum of S/N 0.25 with -427 Å: the list's z is rounded.
            wanted = pytest.approx(float(row[index]), abs=1e-3, rel=1e-4)
            if float(found[key]) != wanted:
                others.append(key)
    assert compared > 1_000
    assert others == []


def test_hbeta_of_real_stars_follows_their_temperature(manifest, real_values):
    """Of all that a catalogue has a temperature of; the outside list gives 0.935."""
    pairs = [
        (float(row["teff"]), float(real_values[row["file"], "Hbeta"]))
        for row in manifest
        if row["survey"] == "LAMOST-LRS"
        and row["teff"]
        and (row["file"], "Hbeta") in real_values
    ]
    assert len(pairs) > 60
    assert spearmanr(*zip(*pairs, strict=True)).statistic >= 0.92


def test_the_demo_leaves_real_spectra_alone(stars, warehouse_path, tmp_path):
    with stellarwh.open(warehouse_path, write=True) as wh:
        wh.ingest_spectra("lamost", stars)
        before = everything(wh)
    with pytest.raises(WarehouseError, match=r"holds real data \(lamost\)"):
        stellarwh.run_demo(warehouse_path, stars=100, data=tmp_path / "data")
    with stellarwh.open(warehouse_path) as wh:
        assert everything(wh) == before
    assert not (tmp_path / "data").exists()


def test_all_spectra_are_dropped_at_once(wh, stars):
    wh.ingest_spectra("lamost", stars)
    store.drop_spectra(wh.connection)
    spectra, indices, measured = everything(wh)
    assert (spectra, indices, len(measured)) == ([], [], 61)


def test_a_run_is_stale_once_spectra_that_it_used_are_replaced(wh, stars, tmp_path):
    wh.build()
    wh.ingest_spectra("lamost", stars)
    source, _ = sources_of(wh.connection, "from main.star_indices")
    # By hand: 15 digits of each SHA-256.
    total = sum(
        int(hashlib.sha256(path.read_bytes()).hexdigest()[:15], 16)
        for path in stars.iterdir()
    )
    assert (source["survey"], source["sha256"]) == ("raw.spectra", str(total))
    wh.connection.execute(
        "insert into ml.runs by name select 'r' as run_id, 't' as task, 'number' as "
        "kind, '' as estimator, 0 as seed, 5 as folds, 'cpu' as device, now() as "
        "created_at, 1 as seconds, 9 as rows_labelled, [] as targets, [] as features, "
        "[] as feature_types, '' as data_fingerprint, '' as view_sql, '' as parameters,"
        " '' as versions, '' as artefacts_sha256, [?] as sources",
        [source],
    )
    told = "select is_stale, replaced_surveys, is_simulated from main.run_provenance"
    assert rows(wh, told) == [(False, [], False)]
    write_star(tmp_path / "more.fits", 4)
    wh.ingest_spectra("lamost", tmp_path)
    assert rows(wh, told) == [(False, [], False)]
    write_star(tmp_path / "other.fits", 1, seed=9)
    assert wh.ingest_spectra("lamost", tmp_path / "other.fits").refused == 1
    assert rows(wh, told) == [(False, [], False)]
    wh.ingest_spectra("lamost", tmp_path / "other.fits", replace=True)
    assert rows(wh, told) == [(True, ["raw.spectra"], False)]


def test_a_warehouse_of_spectra_alone_is_not_called_empty(warehouse_path, stars):
    with stellarwh.open(warehouse_path, write=True) as wh:
        wh.build()
        wh.ingest_spectra("lamost", stars)
        results = {result.name: result.passed for result in wh.check()}
        assert results["every_index_is_of_a_spectrum"]
        wh.connection.execute("delete from raw.spectra where spectrum_id = '1'")
        results = {result.name: result.passed for result in wh.check()}
        assert not results["every_index_is_of_a_spectrum"]
        told = describe_warehouse(wh.connection, warehouse_path)
        assert "No catalogue is ingested yet" in told[1]
        with pytest.raises(TaskError, match=r"Of the 2 spectra here none is of a star"):
            wh.train("apogee_from_lamost_indices")


def test_a_name_of_two_lines_is_told_in_one(warehouse_path, tmp_path, capsys):
    path = tmp_path / "a\nb.fits"
    path.write_bytes(b"nothing")
    line = ["--warehouse", str(warehouse_path), "ingest-spectra", "lamost", str(path)]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 1
    (refused,) = [x for x in result.stderr.splitlines() if "refused: " in x]
    assert "a\\nb.fits" in refused
