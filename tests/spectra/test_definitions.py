"""Definitions of indices: the project's, and a user's own file."""

import csv
import re

import pytest

from stellarwh.content import content_dir
from stellarwh.errors import InputFileError
from stellarwh.spectra.definitions import Band, read_definitions

HEAD = "name,unit,band_lo,band_hi,blue_lo,blue_hi,red_lo,red_hi,medium,origin"
MINE = "Mine,A,5000,5010,4980,4990,5020,5030,air,me"


@pytest.fixture
def own(tmp_path):
    def write(*rows, head=HEAD, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)
        return path

    return write


def index_of(definitions, name):
    return definitions.chosen([name]).indices[0]


def test_what_the_project_defines():
    names = set(read_definitions().names)
    assert {"Hbeta", "NaD", "HdeltaF", "CaT", "PaT", "CaT_star", "TiO5"} < names
    assert {"CaH1", "S_HK", "Halpha_16", "CO1.56", "AlI1.67"} < names
    with (content_dir("sql") / "index_definitions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == list(read_definitions().names)
    lick = [row for row in rows if "Worthey" in row["source"]]
    assert len(lick) == 25
    assert all(row["source"] and row["checked_in"] and row["status"] for row in rows)


def test_bands_of_the_other_family_are_not_ours():
    """Those printed in 1994 and shifted by 1.25 Å still circulate."""
    hdelta = index_of(read_definitions(), "HdeltaA")
    assert hdelta.bands == (Band(4083.5, 4122.25),)
    assert hdelta.continuum == (Band(4041.6, 4079.75), Band(4128.5, 4161.0))


def test_a_triplet_is_a_sum():
    cat_star = index_of(read_definitions(), "CaT_star")
    assert [band.weight for band in cat_star.bands] == [1, 1, 1, -0.93, -0.93, -0.93]
    assert cat_star.is_fitted
    assert len(cat_star.continuum) == 5


def test_ones_own_come_after(own):
    ours = read_definitions()
    both = read_definitions(own(MINE))
    assert both.names == (*ours.names, "Mine")
    mine = both.indices[-1]
    assert (mine.unit, mine.medium, mine.source) == ("A", "air", "me")
    assert mine.continuum == (Band(4980, 4990), Band(5020, 5030))


def test_spellings_that_tables_use(own):
    path = own(
        "One,Å,5000,5010,4980,4990,5020,5030,vac,me,",
        "Two,MAG,5000,5010,4980,4990,5020,5030,Air,me,",
        "Three,angstrom,5000,5010,,,,,air,me,4980-4990 5020-5030.5",
        "Four,ratio,5000,5010,4980,4990,,,vacuum,me,",
        head=HEAD + ",continuum",
        encoding="utf-8-sig",
    )
    one, two, three, four = read_definitions(path).indices[-4:]
    assert (one.unit, one.medium) == ("A", "vacuum")
    assert (two.unit, two.medium) == ("mag", "air")
    assert three.is_fitted
    assert three.continuum[1] == Band(5020, 5030.5)
    assert four.continuum == (Band(4980, 4990),)


def test_the_table_of_the_warehouse_can_be_given_back(own):
    """Definitions that repeat the project's add nothing, and are no mistake."""
    path = content_dir("sql") / "index_definitions.csv"
    assert read_definitions(path).names == read_definitions().names


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (MINE.replace("5000,5010", "5010,5000"), "band_lo to band_hi of 5010 to 5000"),
        (MINE.replace("5000,5010", "5010,5010"), "the first must be smaller"),
        (MINE.replace("5020,5030", "5030,5020"), "red_lo to red_hi of 5030 to 5020"),
        (MINE.replace(",A,", ",nm,"), "has unit 'nm'; expected A or mag or ratio"),
        (MINE.replace(",A,", ",,"), "has no unit"),
        (MINE.replace(",air", ",water"), "medium 'water'; expected air or vacuum"),
        (MINE.replace("5000,5010", ",5010"), "has no band_lo"),
        (MINE.replace("5000,5010", ","), "has no band_lo and band_hi"),
        (MINE.replace("5000", "blue"), "band_lo 'blue'; expected a wavelength"),
        (MINE.replace("5000", "nan"), "band_lo 'nan'; expected a wavelength"),
        (MINE.replace("5000", "-5000"), "band_lo '-5000'; expected a wavelength"),
        (MINE.replace("4980,4990", ","), "has no blue_lo and blue_hi"),
        (MINE.replace("4980,4990", "5020,5030"), "at or beyond the red one"),
        (MINE.replace("Mine", ""), "is no name for an index"),
        (MINE.replace("Mine", "H beta"), "is no name for an index"),
        (MINE.replace("Mine", "hbeta"), "is an index of stellarwh with other bands"),
        (MINE + ",more", "more cells than the header"),
        ("Mine,A,5000", "fewer cells than the header"),
    ],
)
def test_rows_that_make_no_sense(own, row, message):
    with pytest.raises(InputFileError) as raised:
        read_definitions(own(row))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("mag,,8522-8562,", "has more_bands, which unit mag cannot have"),
        ("A,triangle,,", "has shape triangle, which only unit ratio can have"),
        ("A,round,,", "has shape 'round'; expected box or triangle"),
        ("A,,8522,", "has more_bands '8522'; expected bands such as '8522-8562'"),
        ("A,,0*8522-8562,", "expected bands such as"),
        ("A,,1.2.3*8522-8562,", "expected bands such as"),
        ("A,,8562-8522,", "has more_bands of 8562 to 8522 Å"),
        ("ratio,,2*8522-8562,", "gives bands a weight, which only unit A can have"),
        ("A,,,4980-4990", "has side bands and a continuum; give one of them"),
    ],
)
def test_further_columns_that_make_no_sense(own, cells, message):
    unit, shape, more, continuum = cells.split(",")
    row = f"{MINE.replace(',A,', f',{unit},')},{shape},{more},{continuum}"
    with pytest.raises(InputFileError, match="line 2: Mine") as raised:
        read_definitions(own(row, head=HEAD + ",shape,more_bands,continuum"))
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("continuum", "message"),
    [
        ("4980-4990", "a continuum of one band; a line needs two"),
        ("2*4980-4990 5020-5030", "gives bands of the continuum a weight"),
    ],
)
def test_a_continuum_that_makes_no_sense(own, continuum, message):
    row = f"Mine,A,5000,5010,air,{continuum}"
    head = "name,unit,band_lo,band_hi,medium,continuum"
    with pytest.raises(InputFileError, match="Mine") as raised:
        read_definitions(own(row, head=head))
    assert message in str(raised.value)


def test_a_ratio_to_nothing(own):
    head = "name,unit,band_lo,band_hi,medium"
    with pytest.raises(InputFileError, match="no side band to compare with"):
        read_definitions(own("Mine,ratio,5000,5010,air", head=head))


def test_a_name_given_twice(own):
    with pytest.raises(InputFileError, match=r"line 3 defines Mine a second time\.$"):
        read_definitions(own(MINE, MINE))
    for name in ("mine", "MINE"):
        with pytest.raises(InputFileError, match=f"{name} a second time, after Mine"):
            read_definitions(own(MINE, MINE.replace("Mine", name)))


def test_names_that_would_be_one_column(own):
    """Values have a column for each index, with letters, digits and _ in its name."""
    names = [index.column for index in read_definitions().indices]
    assert len(set(names)) == len(names)
    assert "co1_56" in names
    with pytest.raises(InputFileError, match=r"M_1 a second time, after M\.1"):
        read_definitions(own(MINE.replace("Mine", "M.1"), MINE.replace("Mine", "M_1")))
    with pytest.raises(InputFileError, match=r"could be taken for CO1\.56"):
        read_definitions(own(MINE.replace("Mine", "CO1_56")))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace("band_lo", "from"), "no column band_lo; definitions"),
        (HEAD.replace(",medium", ",air"), "no column medium"),
        (HEAD.replace("blue_lo", "blue_l0"), "column blue_l0; did you mean blue_lo?"),
        (HEAD.replace("origin", "unit"), "has column unit twice"),
    ],
)
def test_headers_that_make_no_sense(own, head, message):
    with pytest.raises(InputFileError) as raised:
        read_definitions(own(MINE, head=head))
    assert message in str(raised.value)


def test_notes_of_ones_own_are_let_be(own):
    path = own(MINE + ",lovely", head=HEAD + ",remark")
    assert read_definitions(path).names[-1] == "Mine"


def test_files_that_are_none(own, tmp_path):
    with pytest.raises(InputFileError, match="There is no file"):
        read_definitions(tmp_path / "nowhere.csv")
    with pytest.raises(InputFileError, match="cannot be read"):
        read_definitions(tmp_path)
    with pytest.raises(InputFileError, match="it has no rows"):
        read_definitions(own())
    with pytest.raises(InputFileError, match="no column name, unit"):
        read_definitions(own(head=""))
    path = tmp_path / "spectrum.fits"
    path.write_bytes(b"name,unit\n\xff\xfe\x00")
    with pytest.raises(InputFileError, match="is not a CSV of UTF-8 text"):
        read_definitions(path)


def test_the_example_of_the_documentation_is_read(repository, tmp_path):
    page = (repository / "docs/explanation/spectral_indices.md").read_text("utf-8")
    (example,) = re.findall(r"```\w*\n(name,unit.*?)```", page, re.DOTALL)
    path = tmp_path / "example.csv"
    path.write_text(example)
    assert read_definitions(path).names[-1] == "Li6708"
    # What it says of the project's indices is so.
    known = {*read_definitions().names, "_C01", "_R95"}
    told = re.findall(r"`((?:Ca|Pa|TiO|CO|Al|S_|Ha|Hb|Fe)[\w.]+)`", page)
    assert len(told) > 20
    assert set(told) <= known
