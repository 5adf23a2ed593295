"""What a calibration says of surveys that it could not bring to the scale."""

import shutil
from dataclasses import replace

import pytest

from stellarwh.cli.scales import report_calibration
from stellarwh.scales.summary import Calibration, read_calibration
from stellarwh.warehouse.database import open_warehouse

pytestmark = pytest.mark.xdist_group("scaled")


def read(connection, run_id) -> Calibration:
    return read_calibration(
        connection, run_id, why="chosen", seconds=1.0, is_new=True, was_in_use=False
    )


@pytest.fixture
def connection(scaled, tmp_path):
    path = tmp_path / "stars.duckdb"
    shutil.copy(scaled.warehouse, path)
    with open_warehouse(path) as opened:
        opened.execute("update scale.runs set surveys = list_append(surveys, 'gaia')")
        yield opened


def test_a_survey_without_values_is_neither_brought_nor_left_out(
    connection, scaled, capfd
):
    found = read(connection, scaled.result.run_id)
    assert (found.apart, found.valueless) == ((), ("gaia",))
    report_calibration(found)
    out, err = capfd.readouterr()
    assert out.startswith("galah, lamost brought to the scale of apogee on ")
    assert "gaia: no value that surveys share, nothing to calibrate\n" in out
    assert err == ""


@pytest.mark.parametrize("shares", [True, False])
def test_a_survey_that_shares_no_star_is_told_from_one_with_few(
    connection, scaled, shares, capfd
):
    connection.execute("delete from scale.zero_points where survey = 'galah'")
    connection.execute("delete from scale.trends where survey = 'galah'")
    if not shares:  # with catalogues without values it may
        connection.execute(
            "update main.stars set surveys = ['galah', 'gaia'] "
            "where list_contains(surveys, 'galah') and len(surveys) > 1"
        )
    found = read(connection, scaled.result.run_id)
    assert found.apart == ("galah",)
    assert found.alone == (() if shares else ("galah",))
    report_calibration(found)
    out, err = capfd.readouterr()
    assert ("those of galah as no other survey has its stars" in out) is not shares
    assert ("those of galah as it could not be calibrated" in out) is shares
    said = "too few stars" if shares else "no star"
    assert f"galah shares {said} with the others" in err


@pytest.mark.parametrize(
    ("out", "told"), [(98, "98 (10 %)"), (94, "94 (9 %)"), (4, "4 (0.4 %)")]
)
def test_shares_are_told_as_whole_numbers(scaled, capfd, out, told):
    facts = [
        replace(fact, n_values=1000, n_out_of_range=out)
        for fact in scaled.result.facts
        if fact.quantity == "teff"
    ]
    report_calibration(replace(scaled.result, facts=tuple(facts)))
    assert told in capfd.readouterr().out
