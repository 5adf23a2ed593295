"""Calibrations that are stored: the same again, and an earlier one in use again."""

import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import stellarwh
from stellarwh.cli import app
from stellarwh.errors import UsageError, WarehouseError

pytestmark = pytest.mark.xdist_group("scaled")
VALUES = "select star_id, teff, teff_err from main.parameters order by star_id limit 99"


@pytest.fixture
def path(scaled, tmp_path):
    copied = tmp_path / "stars.duckdb"
    shutil.copy(scaled.warehouse, copied)
    return copied


def ids(wh, table="runs"):
    rows = wh.connection.execute(f"select run_id from scale.{table}").fetchall()
    return [run_id for (run_id,) in rows]


def said(path, *words):
    result = CliRunner().invoke(
        app, ["--quiet", "--warehouse", str(path), "calibrate", *words]
    )
    return result.exit_code, result.stdout, result.stderr


def test_the_same_again_is_found_and_not_stored(path, scaled):
    with stellarwh.open(path, write=True) as wh:
        again = wh.calibrate()
        assert (again.run_id, again.is_new) == (scaled.result.run_id, False)
        assert again.facts == scaled.result.facts
        assert again.unlike == scaled.result.unlike
        assert (ids(wh), ids(wh, "uses")) == ([again.run_id], [])
        # A name for what is the reference anyway makes no other calibration.
        assert wh.calibrate(reference="apogee").run_id == again.run_id
        wh.build()
        assert wh.calibrate().run_id == again.run_id
    code, out, _ = said(path)
    assert code == 0
    assert out.startswith(
        "The same files, values, reference and seed were calibrated before:\n"
    )
    assert f"by run {again.run_id}, which is in use already: nothing was stored" in out


def test_another_value_is_another_calibration(path, scaled):
    with stellarwh.open(path, write=True) as wh:
        # Of a quantity that one survey measures: nothing of it is fitted.
        wh.connection.execute(
            "alter view main.measured_values rename to measured_before"
        )
        wh.connection.execute(
            "create or replace view main.measured_values as select * replace (measured "
            "+ case when star_id = (select min(star_id) from main.measurements where "
            "survey = 'galah' and is_clean) and quantity = 'cu_fe' then 1 else 0 end "
            "as measured) from main.measured_before"
        )
        found = wh.calibrate()
        assert found.is_new
        assert set(ids(wh)) == {found.run_id, scaled.result.run_id}


def test_an_earlier_calibration_is_in_use_again(path, scaled):
    first = scaled.result.run_id
    with stellarwh.open(path, write=True) as wh:
        on_apogee = wh.connection.execute(VALUES).fetchall()
        second = wh.calibrate(reference="galah").run_id
        on_galah = wh.connection.execute(VALUES).fetchall()
        assert on_galah[0] != pytest.approx(on_apogee[0], rel=1e-9)
        for run_id, reference, values in (
            (first, "apogee", on_apogee),
            (second, "galah", on_galah),
            (first, "apogee", on_apogee),
        ):
            found = wh.calibrate(use=run_id[:-1])
            assert (found.run_id, found.reference) == (run_id, reference)
            assert (found.is_new, found.was_in_use, found.why) == (
                False,
                False,
                "chosen",
            )
            # Means of a star's surveys are summed in any order.
            np.testing.assert_allclose(
                wh.connection.execute(VALUES).fetchall(), values, rtol=1e-12
            )
        assert wh.calibrate(use=first).was_in_use
        assert ids(wh, "uses") == [first, second, first]
        # So it is by what would be calibrated.
        assert wh.calibrate(reference="galah").run_id == second
        assert sorted(ids(wh)) == sorted([first, second])
        for words, told in (
            (
                {"use": "scale-2"},
                f"2 calibrations begin with 'scale-2': {second}, {first}.",
            ),
            ({"use": "x"}, f"no calibration 'x'.*scale.runs.: {second}, {first}."),
            ({"use": ""}, "no calibration ''"),
            ({"use": first, "seed": 2}, "own reference and seed"),
            ({"use": first, "reference": "galah"}, "own reference and seed"),
        ):
            with pytest.raises(UsageError, match=told):
                wh.calibrate(**words)
        wh.connection.execute(
            "insert into matching.surveys (survey, n_stars) values ('mine', 7)"
        )
    code, out, err = said(path, "--use", first)
    assert code == 0
    assert f"by run {first}, which is in use again" in out
    assert "This calibration is of other data: mine is new." in err


def test_without_a_calibration_there_is_none_to_use(path):
    with stellarwh.open(path, write=True) as wh:
        wh.connection.execute("delete from scale.runs")
        with pytest.raises(WarehouseError, match="Nothing is calibrated yet"):
            wh.calibrate(use="scale")


def test_views_that_know_the_latest_alone_are_no_success(path, scaled):
    with stellarwh.open(path, write=True) as wh:
        second = wh.calibrate(reference="lamost").run_id
        wh.connection.execute(
            "create or replace view scale.in_use as select run_id, reference, 'fitted' "
            "as method from scale.runs order by created_at desc limit 1"
        )
        with pytest.raises(WarehouseError, match="Run 'stellarwh build' first"):
            wh.calibrate(use=scaled.result.run_id)
        assert ids(wh, "uses") == []
        assert wh.calibrate(use=second).was_in_use


def test_values_out_of_range_are_counted(path, scaled):
    with stellarwh.open(path) as wh:
        counted = wh.connection.execute(
            "select survey, quantity, count(*), count_if(not in_range) "
            "from main.calibrated group by all order by all"
        ).fetchall()
    facts = scaled.result.facts
    assert counted == [
        (fact.survey, fact.quantity, fact.n_values, fact.n_out_of_range)
        for fact in facts
    ]
    (teff,) = [f for f in facts if (f.survey, f.quantity) == ("lamost", "teff")]
    assert 0.05 < teff.n_out_of_range / teff.n_values < 0.4
    _, out, _ = said(path)
    (line,) = [
        line for line in out.splitlines() if "teff [K]" in line and "lamost" in line
    ]
    percent = 100 * teff.n_out_of_range / teff.n_values
    assert line.endswith(f"  {teff.n_out_of_range:,} ({percent:.0f} %)")


KEPT = """
select
    count(*),
    max(abs(kept.teff / view.teff - 1)), max(abs(kept.logg - view.logg)),
    max(abs(kept.fe_h - view.fe_h)), max(abs(kept.alpha_fe - view.alpha_fe)),
    count(*) filter (where (kept.teff is null) <> (view.teff is null)
        or (kept.alpha_fe is null) <> (view.alpha_fe is null))
from scale.star_parameters as kept full join main.parameters as view using (star_id)
where coalesce(view.teff, view.logg, view.fe_h, view.alpha_fe, kept.teff) is not null
"""


def test_keeps_what_the_view_has_of_each_star(path, scaled):
    def of_run():
        ((n, *far, odd),) = wh.connection.execute(KEPT).fetchall()
        assert n > 1000
        assert odd == 0
        # Sums in another order.
        assert all(f is not None and f < 1e-11 for f in far)
        rows = wh.connection.execute(
            "select distinct run_id, built_of from scale.star_parameters"
        ).fetchall()
        ((run_id, built_of),) = rows
        return run_id, built_of

    with stellarwh.open(path, write=True) as wh:
        first = of_run()
        assert first[0] == scaled.result.run_id
        # Not worked out again while they are of what stands there.
        wh.connection.execute("update scale.star_parameters set teff = 1 + teff")
        wh.calibrate()
        ((most,),) = wh.connection.execute(
            "select max(abs(kept.teff - view.teff)) from scale.star_parameters as kept "
            "inner join main.parameters as view using (star_id)"
        ).fetchall()
        assert most == pytest.approx(1)
        other = wh.calibrate(reference="galah")
        assert of_run() == (other.run_id, first[1])
    assert said(path, "--use", scaled.result.run_id)[0] == 0
    with stellarwh.open(path) as wh:
        assert of_run() == first
