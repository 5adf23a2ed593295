"""What status and build say of the scale."""

import shutil

import pytest

from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.scale_facts import scale_in_use
from stellarwh.warehouse.status import describe_warehouse
from stellarwh.warehouse.status_facts import warehouse_facts

pytestmark = pytest.mark.xdist_group("scaled")


@pytest.fixture
def connection(scaled, tmp_path):
    path = tmp_path / "stars.duckdb"
    shutil.copy(scaled.warehouse, path)
    with open_warehouse(path) as opened:
        yield opened


def test_a_calibration_is_named(connection, scaled, tmp_path):
    lines = describe_warehouse(connection, tmp_path / "stars.duckdb")
    (line,) = [line for line in lines if line.startswith("Values are")]
    assert line.startswith("Values are on the scale of apogee, calibrated on 20")
    assert line.endswith(
        f"(run {scaled.result.run_id}, SIMULATED). 1 quantity (cu_fe) that "
        "apogee does not measure is on the scale of galah."
    )
    facts = warehouse_facts(connection, tmp_path / "stars.duckdb")["scale"]
    assert facts["created_at"].endswith("Z")
    del facts["created_at"]
    assert facts == {
        "reference": "apogee", "method": "fitted", "run_id": scaled.result.run_id,
        "is_simulated": True, "is_stale": False, "stale": [],
        "others": {"galah": ["cu_fe"]},
    }  # fmt: skip


def test_a_calibration_of_other_data_is_told(connection):
    connection.execute("update meta.ingests set sha256 = '-' where survey = 'galah'")
    connection.execute(
        "insert into matching.surveys (survey, n_stars) values ('mine', 7)"
    )
    found = scale_in_use(connection)
    assert found is not None
    assert found.outdated == ["galah is replaced or removed", "mine is new"]
    assert found.words.endswith(
        " STALE: that calibration is of other data: galah is replaced or removed, "
        "mine is new; run 'stellarwh calibrate'."
    )


def test_without_a_calibration_it_says_how_to_make_one(connection):
    connection.execute("delete from scale.runs")
    found = scale_in_use(connection)
    assert found is not None
    assert found.words == (
        "Values are brought to the scale of apogee by constant offsets in alpha_fe, "
        "fe_h, logg, mg_fe, radial_velocity, teff, and stay as measured in others; "
        "run 'stellarwh calibrate'."
    )
    connection.execute("delete from main.survey_offsets")
    found = scale_in_use(connection)
    assert found is not None
    assert found.words == (
        "Values stay as measured, as no survey shares enough stars with apogee for an "
        "offset; run 'stellarwh calibrate'."
    )
    connection.execute("delete from matching.surveys where survey <> 'apogee'")
    assert scale_in_use(connection) is None


def test_what_the_reference_lacks_is_on_the_scale_of_others(connection, scaled):
    others = {"galah": ["b1", "b2", "b3", "b4", "b5"], "lamost": ["li"]}
    connection.execute("delete from scale.trends where quantity = 'cu_fe'")
    for survey, quantities in others.items():
        for quantity in quantities:
            connection.execute(
                "insert into scale.trends by name select run_id, ? as survey, "
                "? as reference, via, ? as quantity, term, position, coefficient, "
                "coefficient_err, covariances, n from scale.trends "
                "where survey = 'galah' and quantity = 'teff'",
                [survey, survey, quantity],
            )
    found = scale_in_use(connection)
    assert found is not None
    assert found.words.endswith(
        f"(run {scaled.result.run_id}, SIMULATED). 5 quantities (b1, b2, b3, "
        "b4 and 1 more) that apogee does not measure are on the scale of galah. "
        "1 quantity (li) that apogee does not measure is on the scale of lamost."
    )
    assert found.facts()["others"] == others
