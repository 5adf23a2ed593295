"""Which table of a file with several is read, and what is said of the others."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import label_of, no_nulls, notes_of
from stellarwh.errors import InputFileError, StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.match import match_tables


def part(name: str, rows: int, first: float = 0) -> fits.BinTableHDU:
    numbers = np.arange(rows) + first + 1.0
    return fits.BinTableHDU.from_columns(
        [
            fits.Column("ra", "D", array=numbers),
            fits.Column("dec", "D", array=np.arange(rows) + 1.0),
        ],
        name=name,
    )


@pytest.fixture(params=["plain", "gzip"])
def several(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """HDU 0 image, 1 EMPTY, 2 North (2 rows), 3 an image, 4 south (3 rows)."""
    path = tmp_path / "s.fits"
    parts = [part("EMPTY", 0), part("North", 2), fits.ImageHDU(np.ones((50, 50)))]
    parts.append(part("south", 3, 100))
    fits.HDUList([fits.PrimaryHDU(), *parts]).writeto(path)
    if request.param == "gzip":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


def read(path: Path, hdu: str | None = None) -> tuple[list[float], tuple[str, ...]]:
    table = open_table(path, hdu)
    batches = list(table.batches(table.columns[:1], no_nulls()))
    return [x for b in batches for x in b.column(0).to_pylist()], notes_of(table)


def test_an_empty_first_table_hides_no_full_one_and_others_are_named(several):
    values, notes = read(several)
    assert values == [1, 2]
    assert notes == (
        "s.fits holds 3 tables; 2 NORTH was read, not 1 EMPTY (0 rows), "
        "4 SOUTH (3 rows). To read another one: --hdu SOUTH (in match: 's.fits[4]').",
    )


@pytest.mark.parametrize("hdu", ["4", "south", "SOUTH", " South "])
def test_a_table_is_chosen_by_number_or_name(several, hdu):
    assert read(several, hdu) == ([101, 102, 103], ())
    assert label_of(open_table(several, hdu)) == "HDU 4 SOUTH"


@pytest.mark.parametrize(
    ("hdu", "message"),
    [
        ("east", r"no table 'east'.*1 EMPTY \(0 rows\), 2 NORTH \(2 rows\), 4 SOUTH"),
        ("", r"no table ''.*1 EMPTY"),
        ("7", r"no table '7' .*4 SOUTH \(3 rows\)\.$"),
        ("0", r"Part 0 of .* is no table but: image.*1 EMPTY"),
        ("3", r"Part 3 of .* is no table but: image"),
    ],
)
def test_what_is_no_table_is_refused_with_those_there_are(several, hdu, message):
    with pytest.raises(InputFileError, match=message):
        open_table(several, hdu)


def test_two_tables_of_one_name_are_told_apart_by_number(tmp_path):
    path = tmp_path / "t.fits"
    fits.HDUList([fits.PrimaryHDU(), part("A", 1), part("a", 2)]).writeto(path)
    with pytest.raises(InputFileError, match=r"2 tables called A.*1 A.*2 A \(2 rows\)"):
        open_table(path, "A")
    assert read(path, "2")[0] == [1, 2]
    assert "--hdu 2 (in match" in read(path)[1][0]  # --hdu A would be refused
    with pytest.raises(InputFileError, match=r"Did you mean 'A'\?$"):
        open_table(path, "AA")


def test_a_note_offers_no_name_that_reads_as_a_number(tmp_path):
    path = tmp_path / "t.fits"
    fits.HDUList([fits.PrimaryHDU(), part("A", 1), part("1", 2)]).writeto(path)
    _, (note,) = read(path)
    assert "--hdu 2 (in match" in note


def test_a_single_table_needs_no_note(tmp_path):
    path = tmp_path / "t.fits"
    fits.HDUList([fits.PrimaryHDU(), part("A", 2)]).writeto(path)
    assert read(path) == ([1, 2], ())


def test_a_damaged_rest_is_said_and_the_table_read(tmp_path):
    path = tmp_path / "t.fits"
    fits.HDUList([fits.PrimaryHDU(), part("A", 2), part("B", 5000)]).writeto(path)
    for zipped in (False, True):
        content = path.read_bytes()
        start = content.rindex(b"XTENSION")
        broken = content[: start + 2000]
        there = tmp_path / f"broken{zipped}.fits"
        there.write_bytes(gzip.compress(broken) if zipped else broken)
        values, (note,) = read(there)
        assert values == [1, 2]
        assert "What follows HDU 1 A" in note
        assert "truncated" in note


def test_formats_of_one_table_have_none_to_choose(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputFileError, match="has one table; leave out --hdu '2'"):
        open_table(path, "2")


def votable(tmp_path: Path) -> Path:
    one = '<TABLE name="{}"><FIELD name="x" datatype="int" unit="{}"/>{}</TABLE>'
    rows = "<DATA><TABLEDATA><TR><TD>{}</TD></TR></TABLEDATA></DATA>"
    tables = one.format("a", "K", rows.format(7)) + one.format("b", "pc", "")
    tables += one.format("c", "s", rows.format(9))
    path = tmp_path / "t.vot"
    path.write_text(f"<VOTABLE version='1.4'><RESOURCE>{tables}</RESOURCE></VOTABLE>")
    return path


@pytest.mark.parametrize(
    ("hdu", "values", "unit"),
    [(None, [7], "K"), ("2", [], "pc"), ("3", [9], "s"), ("C", [9], "s")],
)
def test_tables_of_a_votable_have_their_own_units(tmp_path, hdu, values, unit):
    path = votable(tmp_path)
    assert read(path, hdu)[0] == values
    assert open_table(path, hdu).columns[0].unit == unit
    with pytest.raises(InputFileError, match=r"no table 'd'.*1 a \(1 row\), 2 b"):
        open_table(path, "d")


def test_provenance_knows_which_table_it_was(connection, several):
    def ingest(**options: object) -> bool:
        return ingest_survey(
            connection, "mine", several, ra="ra", dec="dec", **options
        ).unchanged

    told = "select file_table, rows from meta.ingests"
    assert not ingest()
    assert connection.execute(told).fetchall() == [("HDU 2 NORTH", 2)]
    assert ingest(hdu="north")
    with pytest.raises(StellarwhError, match=r"another table .*HDU 2 NORTH.*--replace"):
        ingest(hdu="4")
    assert not ingest(hdu="4", replace=True)
    assert connection.execute(told).fetchall() == [("HDU 4 SOUTH", 3)]
    assert not ingest(hdu="1", replace=True)


def test_a_wrong_first_table_is_named_with_the_error(connection, tmp_path):
    path = tmp_path / "t.fits"
    setup = fits.BinTableHDU.from_columns([fits.Column("p", "2A", array=["a"])])
    fits.HDUList([fits.PrimaryHDU(), setup, part("DATA", 5)]).writeto(path)
    with pytest.raises(StellarwhError, match=r"no column 'ra'.*2 DATA \(5 rows\)"):
        ingest_survey(connection, "mine", path, ra="ra", dec="dec")


def test_a_match_names_the_others_and_takes_a_table_in_brackets(connection, several):
    first = match_tables(connection, str(several), str(several), radius=3.0)
    assert first.pairs.num_rows == 2
    assert sum("holds 3 tables" in note for note in first.notes) == 2
    south = match_tables(connection, f"{several}[4]", f"{several}[South]", radius=3.0)
    assert south.pairs.num_rows == 3
    assert not any("tables" in note for note in south.notes)
    with pytest.raises(InputFileError, match="no table '9'"):
        match_tables(connection, f"{several}[9]", str(several))
    with pytest.raises(StellarwhError, match=r"There is no file .*none\.fits"):
        match_tables(connection, f"{several.parent}/none.fits[1]", str(several))
