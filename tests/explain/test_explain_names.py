"""What a star may be called by, and what is said where none or several are meant."""

import json

import pytest
from astropy import units
from astropy.coordinates import SkyCoord

import stellarwh
from stellarwh.cli import main
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.explain.names import position_of


@pytest.fixture(scope="module")
def star(wh):
    """Return a star of three surveys, with ids of both Gaia releases."""
    (row,) = (
        wh.sql(
            "select stars.*, m.survey_star_id, m.designation from main.stars as stars "
            "inner join main.measurements as m on apogee_source_id = source_id "
            "where n_surveys = 3 and stars.gaia_dr3_source_id is not null "
            "order by stars.star_id limit 1"
        )
        .to_arrow()
        .to_pylist()
    )
    return row


@pytest.fixture
def run(capsys, monkeypatch):
    """Return what gives status, output and errors of the command."""

    def command(warehouse, *words):
        line = ["stellarwh", "--warehouse", str(warehouse), "explain"]
        monkeypatch.setattr("sys.argv", [*line, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return command


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("star_id", "its star_id"),
        ("gaia_dr3_source_id", "Gaia DR3 id"),
        ("apogee_source_id", "the source_id in apogee"),
        ("galah_source_id", "the source_id in galah"),
        ("lamost_source_id", "the source_id in lamost"),
        ("designation", "the survey_star_id in apogee"),
    ],
)
def test_finds_a_star_by_each_name(wh, star, column, words):
    told = wh.explain(str(star[column]), quantity="teff")
    assert told.star_id == star["star_id"]
    assert words in told.taken_for


def test_finds_a_star_by_numbers_and_positions(wh, star):
    here = star["star_id"]
    assert wh.explain(here, quantity="teff").star_id == here
    # 1 arcsec to the north; no other star is nearer in so small a sky.
    position = (star["ra"], star["dec"] + 1 / 3600)
    told = wh.explain(position, quantity="teff")
    assert told.star_id == here
    assert "1.00″ away" in told.taken_for
    place = SkyCoord(*position, unit=units.deg)
    text = place.to_string("hmsdms", sep=":", precision=3)
    assert wh.explain(text, quantity="teff").star_id == here


@pytest.mark.parametrize(
    "text", ["00:42:44.33 +41:16:07.5", "5:0:0 -0:30:00", "23:59:59.99 -89:59:59.9"]
)
def test_reads_positions_as_astropy_does(text):
    expected = SkyCoord(text, unit=(units.hourangle, units.deg))
    ra, dec = position_of(text)
    assert ra == pytest.approx(expected.ra.deg, abs=1e-12)
    assert dec == pytest.approx(expected.dec.deg, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["10 91", "361 0", "25:00:00 +1:00:00", "1:60:0 1:0:0"]
)
def test_refuses_places_that_are_nowhere(wh, text):
    with pytest.raises(UsageError, match="nowhere on the sky"):
        wh.explain(text)


def test_lists_the_stars_where_several_are_meant(copy, star):
    with stellarwh.open(copy, write=True) as wh:
        other = wh.connection.execute(
            "select star_id from main.stars where star_id <> $1 limit 1",
            [star["star_id"]],
        ).fetchall()[0][0]
        wh.connection.execute(
            "update main.stars set gaia_dr3_source_id = $1 where star_id = $2",
            [star["star_id"], other],
        )
        with pytest.raises(WarehouseError) as refused:
            wh.explain(star["star_id"])
        assert str(star["star_id"]) in str(refused.value)
        assert str(other) in str(refused.value)
        assert "--kind star_id" in str(refused.value)
        kinds = {"star_id": star["star_id"], "gaia_dr3": other}
        for kind, expected in kinds.items():
            told = wh.explain(star["star_id"], quantity="teff", kind=kind)
            assert told.star_id == expected


def test_says_what_a_row_without_a_position_is(copy):
    with stellarwh.open(copy, write=True) as wh:
        wh.connection.execute(
            "update main.measurements_apogee set star_id = null, designation = 'lost' "
            "where source_id = (select min(source_id) from main.measurements_apogee)"
        )
        with pytest.raises(WarehouseError, match="a row of apogee without a position"):
            wh.explain("lost")


def test_prints_lines_and_one_json_object(run, calibrated, star):
    status, out, err = run(calibrated, star["designation"], "--quantity", "teff")
    assert (status, err) == (0, "")
    assert f"is star {star['star_id']}" in out
    assert "SIMULATED" in out
    ra, dec = f"{star['ra']:.7f}", f"{star['dec']:.7f}"
    status, out, err = run(calibrated, ra, dec, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["star_id"] == star["star_id"]
    assert set(found) == {
        "asked", "taken_for", "star_id", "quantities", "is_simulated", "stages",
    }  # fmt: skip
    for one in found["stages"]:
        assert set(one) == {"name", "title", "steps"}
        for step in one["steps"]:
            assert set(step) == {"lines", "sql", "rows"}


def test_takes_hours_and_degrees_in_six_words(run, calibrated, star):
    place = SkyCoord(star["ra"], star["dec"], unit=units.deg)
    words = place.to_string("hmsdms", sep=" ", precision=3).split()
    assert len(words) == 6
    status, out, err = run(calibrated, *words, "--quantity", "teff")
    assert (status, err) == (0, "")
    assert f"is star {star['star_id']}" in out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["17"], 1, "No star has the star_id, Gaia id, survey's id or name '17'"),
        (["nobody"], 1, "No star has"),
        (["10", "-89.9999"], 1, "No star lies within 5″"),
        (["95 91"], 1, "nowhere on the sky"),
        (["17", "--quantity", "tef"], 1, "Did you mean 'teff'?"),
        (["nobody", "--kind", "position"], 1, "is no position"),
        ([""], 1, "names no star"),
        (["--quantiy", "teff"], 2, "Did you mean --quantity?"),
        (["a", "b", "c"], 2, "3 words name no star"),
        (["a", "b", "c", "d", "e", "f"], 1, "No star has"),
        (["22", "60", "0", "-15", "49", "47"], 1, "nowhere on the sky"),
        (["22", "0", "0", "-89", "59", "59"], 1, "No star lies within 5″"),
        (["--", "17", "--radius", "2"], 2, "Options stand before --"),
        (["17", "--kind", "gaia"], 2, "'gaia' is not one of"),
        (["17", "--radius", "-1"], 2, "--radius"),
        (["17", "--radius", "0"], 2, "0 is not above 0 and at most 3,600 arcsec"),
        (["17", "--radius", "nan"], 2, "nan is not above 0 and at most 3,600"),
        ([], 2, "Missing argument"),
    ],
)
def test_says_in_one_line_what_is_wrong(run, calibrated, words, status, said):
    code, out, err = run(calibrated, *words)
    assert (code, out) == (status, "")
    assert said in err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


def test_names_what_is_written_nearly_so(run, calibrated, star):
    name = star["designation"]
    status, _, err = run(calibrated, name[:-1])
    assert status == 1
    assert f"Did you mean '{name}'" in err


def test_says_so_where_nothing_was_built(run, tmp_path):
    path = tmp_path / "empty.duckdb"
    stellarwh.open(path, write=True).close()
    status, _, err = run(path, "17")
    assert status == 1
    assert "Run 'stellarwh build'" in err
    status, _, err = run(tmp_path / "none.duckdb", "17")
    assert status == 1
    assert "There is no warehouse at" in err


@pytest.mark.parametrize("wrong", [None, True, "", (1, 2, 3), [], 4.5])
def test_refuses_what_names_no_star(wh, wrong):
    with pytest.raises(UsageError, match="names no star"):
        wh.explain(wrong)


@pytest.mark.parametrize("radius", [0, -1, float("nan"), 1e9])
def test_refuses_what_is_no_radius(wh, radius):
    with pytest.raises(UsageError, match="radius"):
        wh.explain("10 10", radius=radius)


def test_refuses_an_unknown_kind(wh):
    with pytest.raises(UsageError, match="Did you mean 'gaia_dr3'"):
        wh.explain(17, kind="gaia_dr")
