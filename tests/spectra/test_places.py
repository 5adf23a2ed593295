"""Files of spectra that are moved, copied and overwritten, and what stays of them."""

import shutil
from pathlib import Path

import pytest

import stellarwh
from stellarwh.errors import UsageError
from stellarwh.spectra import ingest
from stellarwh.spectra.files import find_spectra
from tests.spectra.test_ingest import everything, own_definitions, rows, write_star


@pytest.fixture
def wh(warehouse_path):
    with stellarwh.open(warehouse_path, write=True) as opened:
        yield opened


def places(wh) -> list[tuple[str, str]]:
    """Return the ids of spectra, and the names of the files they are said to be in."""
    found = rows(
        wh, "select spectrum_id, file from raw.spectra where refusal is null order by 1"
    )
    return [(spectrum, Path(file).name) for spectrum, file in found]


def test_a_spectrum_stays_when_another_file_takes_its_place(wh, tmp_path):
    first = write_star(tmp_path / "p1.fits", 1)
    wh.ingest_spectra("lamost", first)
    first.rename(tmp_path / "p2.fits")
    assert wh.ingest_spectra("lamost", tmp_path / "p2.fits").held == 1
    write_star(first, 2)
    assert wh.ingest_spectra("lamost", first, replace=True).spectra == 1
    assert places(wh) == [("1", "p2.fits"), ("2", "p1.fits")]
    counts = "select spectrum_id, count(*) from raw.spectral_indices group by 1"
    assert sorted(rows(wh, counts)) == [("1", 61), ("2", 61)]


def test_a_spectrum_stays_whose_file_is_not_given(wh, tmp_path):
    first = write_star(tmp_path / "p1.fits", 1)
    wh.ingest_spectra("lamost", first)
    write_star(first, 2)
    wh.ingest_spectra("lamost", first, replace=True)
    assert [spectrum for spectrum, _ in places(wh)] == ["1", "2"]


def test_a_file_that_was_moved_has_its_new_place(wh, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    for obsid in (1, 2, 3):
        write_star(old / f"{obsid}.fits", obsid)
    wh.ingest_spectra("lamost", old)
    values = everything(wh)[1]
    new = old.rename(tmp_path / "new")
    # A copy whose first is still there is no other place of it.
    shutil.copy(new / "1.fits", new / "1-copy.fits")
    told = wh.ingest_spectra("lamost", new)
    assert (told.spectra, told.held, told.refused) == (0, 4, 0)
    found = rows(wh, "select spectrum_id, file from raw.spectra order by 1")
    assert found[1:] == [(i, str(new / f"{i}.fits")) for i in "23"]
    assert len(found) == 3
    (first,) = [file for spectrum, file in found if spectrum == "1"]
    assert Path(first).is_file()
    assert everything(wh)[1] == values
    shutil.copytree(new, tmp_path / "copied")
    before = everything(wh)
    wh.ingest_spectra("lamost", tmp_path / "copied")
    assert everything(wh) == before


@pytest.mark.parametrize("size", [1, 200])
def test_files_that_change_places_are_known_in_both(wh, tmp_path, monkeypatch, size):
    """Also where the second is dealt with in a batch of its own."""
    monkeypatch.setattr(ingest, "_BATCH_FILES", size)
    one, two = (write_star(tmp_path / f"{i}.fits", i) for i in (1, 2))
    wh.ingest_spectra("lamost", tmp_path)
    one.rename(tmp_path / "3.fits")
    two.rename(one)
    (tmp_path / "3.fits").rename(two)
    assert wh.ingest_spectra("lamost", tmp_path).held == 2
    assert places(wh) == [("1", "2.fits"), ("2", "1.fits")]


def test_a_copy_that_was_refused_is_the_place_when_the_first_is_gone(wh, tmp_path):
    first = write_star(tmp_path / "a.fits", 1)
    shutil.copy(first, tmp_path / "b.fits")
    assert wh.ingest_spectra("lamost", tmp_path).refused == 1
    first.unlink()
    assert wh.ingest_spectra("lamost", tmp_path).held == 1
    assert rows(wh, "select file, refusal from raw.spectra") == [
        (str(tmp_path / "b.fits"), None)
    ]


def test_definitions_are_told_apart_by_their_last_digit(wh, tmp_path):
    star = write_star(tmp_path / "star.fits", 1)
    one = own_definitions(tmp_path / "one.csv", "5006.512,5040")
    two = own_definitions(tmp_path / "two.csv", "5006.514,5040")
    wh.ingest_spectra("lamost", star, definitions=one)
    with pytest.raises(UsageError, match=r"5006\.512.*this one is .*5006\.514"):
        wh.ingest_spectra("lamost", star, definitions=two)
    (text,) = rows(
        wh, "select definition from meta.measured_indices where index_name = 'CN1'"
    )
    assert "4142.125-4177.125;" in text[0]


def test_a_warehouse_with_rounded_definitions_goes_on(wh, tmp_path):
    star = write_star(tmp_path / "star.fits", 1)
    wh.ingest_spectra("lamost", star)
    before = everything(wh)
    wh.connection.execute(
        "update meta.measured_indices set definition = "
        "'mag: 4142.12-4177.12; continuum by 4080.12-4117.62 4244.12-4284.12; air' "
        "where index_name = 'CN1'"
    )
    assert wh.ingest_spectra("lamost", star).held == 1
    assert everything(wh) == before


def test_values_stay_where_nothing_takes_their_place(wh, tmp_path):
    star = write_star(tmp_path / "star.fits", 1)
    own = own_definitions(tmp_path / "own.csv")
    wh.ingest_spectra("lamost", star, definitions=own)
    before = everything(wh)
    other = own_definitions(tmp_path / "other.csv", "5005,5040")
    bad = tmp_path / "bad.fits"
    bad.write_bytes(star.read_bytes()[:20_000])
    told = wh.ingest_spectra("lamost", bad, definitions=other, replace=True)
    assert told.all_refused
    assert everything(wh)[1:] == before[1:]
    wh.ingest_spectra("lamost", star, definitions=other, replace=True)
    mine = "select definition from meta.measured_indices where index_name = 'mine'"
    assert rows(wh, mine) == [("A: 5005-5040; continuum by 4980-4990 5050-5060; air",)]


def test_linked_folders_are_followed_once_and_each_file_is_read_once(wh, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    write_star(real / "1.fits", 1)
    top = tmp_path / "top"
    top.mkdir()
    write_star(top / "2.fits", 2)
    (top / "dr7").symlink_to(real)
    (real / "round").symlink_to(top)
    (real / "again").symlink_to(".")
    told = wh.ingest_spectra("lamost", top, top / "dr7" / "1.fits")
    assert (told.files, told.spectra, told.refused) == (2, 2, 0)
    (top / "dr7").unlink()
    # With two of them there are 2^40 ways down.
    (top / "round").symlink_to(".")
    (top / "again").symlink_to(".")
    told = wh.ingest_spectra("lamost", f"{top}/**/*.fits")
    assert (told.files, told.held, told.refused) == (1, 1, 0)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**/*.fits", ["a/b/4.fits", "a/2.fits", "1.fits"]),
        ("**/b/*.fits", ["a/b/4.fits"]),
        ("a/**/*.fits", ["a/b/4.fits", "a/2.fits"]),
        # Folders that match are read whole, with files that are called as spectra are.
        ("**/b", ["a/b/4.fits"]),
        ("**", ["a/b/4.fits", "a/2.fits", "1.fits"]),
        ("*/**/[34].*", ["a/b/4.fits", "a/b/3.txt"]),
        ("**/.hidden/*", [".hidden/5.fits"]),
    ],
)
def test_a_pattern_names_files_as_the_shell_does(tmp_path, pattern, found):
    for name in ("1.fits", "a/2.fits", "a/b/3.txt", "a/b/4.fits", ".hidden/5.fits"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    named = find_spectra([tmp_path / pattern])
    assert sorted(named.paths) == sorted(str(tmp_path / name) for name in found)


def test_a_pattern_without_a_folder_is_of_the_one_that_one_is_in(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.fits").touch()
    monkeypatch.chdir(tmp_path)
    assert find_spectra([Path("**/*.fits")]).paths == (str(tmp_path / "a" / "1.fits"),)
