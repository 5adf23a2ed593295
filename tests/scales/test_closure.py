"""A calibration of the simulated hard sky against the truth that it never saw."""

import duckdb
import numpy as np
import polars as pl
import pytest
import scipy.stats

from stellarwh.simulate.sky.faults import sizes, trend
from stellarwh.warehouse.database import open_warehouse

pytestmark = pytest.mark.xdist_group("scaled")
QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")


@pytest.fixture(scope="module")
def connection(scaled):
    with open_warehouse(scaled.warehouse, read_only=True) as opened:
        opened.register("truth", pl.read_parquet(scaled.truth))
        yield opened


def spread(values):
    values = values[np.isfinite(values)]
    return 1.4826 * np.median(np.abs(values - np.median(values)))


def rows(connection, sql, *values):
    found = connection.execute(sql, list(values)).fetchnumpy()
    return {name: np.ma.filled(column, np.nan) for name, column in found.items()}


def of_survey(connection, survey, quantity):
    return rows(
        connection,
        f"""
        select c.measured, c.value, c.err, c.correction, t.{quantity} as true,
            t.teff, t.logg, t.fe_h, t.snr
        from main.calibrated as c
        inner join truth as t using (survey, source_id)
        where c.survey = ? and c.quantity = ? and c.in_range and t.is_best
        """,
        survey,
        quantity,
    )


@pytest.mark.parametrize("survey", ["galah", "lamost"])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_corrections_are_what_was_injected(connection, survey, quantity):
    """Star by star, to a part of the survey's own scatter."""
    found = of_survey(connection, survey, quantity)
    places = [found[name] for name in ("teff", "logg", "fe_h", "snr")]
    injected = trend(survey, quantity, *places, "hard")
    offset = rows(
        connection,
        f"select distinct {quantity}_offset as offset from truth "
        "where survey = ? and source_id in (select source_id from main.calibrated)",
        survey,
    )["offset"]
    assert offset.size > 0
    scatter = spread(found["measured"] - found["true"])
    off = found["value"] - found["true"]
    # With a fifth of the scatter a bin counts as off; the whole must be well within.
    assert abs(np.median(off)) < scatter / 20
    before = found["measured"] - found["true"]
    assert np.corrcoef(-found["correction"], injected)[0, 1] > 0.8
    assert spread(off) <= 1.02 * spread(before)


# What a term is called on the sky, where hinges that open downwards have another sign.
TERMS = {
    "giant": ("giant", 1),
    "teff": ("teff_from_5000", 1),
    "logg": ("logg_from_3", 1),
    "fe_h": ("fe_h_from_-0.2", 1),
    "snr": ("inverse_snr", 1),
    "teff_above_6000": ("teff_above_6000", 1),
    "fe_h_below_0.5": ("fe_h_below_-0.5", -1),
    "logg_below_2.5": ("logg_below_2.5", -1),
}


def test_slopes_are_those_that_were_injected(connection):
    """The pulls of 64 coefficients are those of a unit normal."""
    found = connection.execute(
        "select survey, quantity, term, coefficient, coefficient_err from scale.trends "
        f"where term <> 'constant' and quantity in {QUANTITIES}"
    ).fetchall()
    injected = sizes("hard")
    pulls = {}
    for survey, quantity, term, coefficient, error in found:
        name, sign = TERMS[term]
        true = sign * injected.get((survey, quantity, name), 0.0)
        pulls[survey, quantity, term] = (-coefficient - true) / error
    values = np.array(list(pulls.values()))
    assert values.size == 64
    assert np.abs(values).max() < 4, pulls
    # Of 64 the standard deviation is known to 9 %; terms are not independent.
    assert 0.7 < values.std() < 1.4


def test_metal_poor_stars_of_lamost_are_no_longer_too_rich(connection):
    found = of_survey(connection, "lamost", "fe_h")
    poor = found["fe_h"] < -1
    before = (found["measured"] - found["true"])[poor] + np.median(found["correction"])
    after = (found["value"] - found["true"])[poor]
    assert np.median(before) > 0.07
    assert abs(np.median(after)) < 0.025
    assert poor.sum() > 200


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_errors_hold(connection, quantity):
    found = rows(
        connection,
        f"""
        with truths as (
            select star_id, any_value(truth.{quantity}) as true
            from main.measurements inner join truth using (survey, source_id)
            where is_clean group by star_id
        )
        select p.{quantity} - truths.true as off, p.{quantity}_err as err,
            p.{quantity}_n_surveys as n
        from main.parameters as p
        inner join truths using (star_id)
        where list_contains(p.{quantity}_sources, 'apogee')
        """,
    )
    pull = found["off"] / found["err"]
    # Four times too small before; a sixth of it is what so few stars tell of factors.
    assert 0.83 < spread(pull) < 1.2
    assert (found["n"] > 1).sum() > 1000


def test_factors_of_errors_are_those_of_the_sky(scaled):
    """APOGEE's are stated at a quarter, LAMOST's at 1 / 1.67 and less at low S/N."""
    factor = {(f.survey, f.quantity): f.factor for f in scaled.result.facts}
    for quantity in QUANTITIES:
        assert factor["apogee", quantity] == pytest.approx(4.0, rel=0.3)
        assert factor["galah", quantity] == pytest.approx(1.0, rel=0.1)
        assert factor["lamost", quantity] == pytest.approx(1.8, rel=0.2)


def test_errors_hold_that_no_other_survey_tells_of(connection):
    """APOGEE's alone have nitrogen; velocities are too exact for GALAH's to judge."""
    found = rows(
        connection,
        """
        with truths as (
            select
                star_id, any_value(t.n_fe) as n_fe, any_value(t.radial_velocity) as rv
            from main.measurements inner join truth as t using (survey, source_id)
            where is_clean and survey = 'apogee' group by star_id
        )
        select (p.n_fe - truths.n_fe) / p.n_fe_err as n_fe,
            (p.radial_velocity - truths.rv) / p.radial_velocity_err as rv
        from main.parameters as p inner join truths using (star_id)
        """,
    )
    assert 0.75 < spread(found["n_fe"]) < 1.3
    assert 0.75 < spread(found["rv"]) < 1.3
    methods = connection.execute(
        "select method, factor, factor_err, floor_err, repeat_factor "
        "from scale.error_factors inner join (select run_id from scale.in_use) "
        "using (run_id) where survey = 'apogee' and quantity = 'n_fe'"
    ).fetchall()
    assert len(methods) == 3
    for method, factor, error, floor, repeats in methods:
        assert (method, floor) == ("other quantities", 0)
        assert factor > max(2.5, repeats)
        assert error > 0


def test_velocities_have_the_zero_points_of_the_sky(scaled):
    found = {
        f.survey: (f.zero_point, f.zero_point_err)
        for f in scaled.result.facts
        if f.quantity == "radial_velocity"
    }
    assert found["apogee"] == (None, None)
    for survey, injected in (("galah", -0.09), ("lamost", -4.5)):
        zero_point, error = found[survey]
        assert abs(zero_point + injected) < 4 * error


def test_what_was_measured_has_a_value(connection):
    lost = connection.execute(
        """
        with wide as (
            unpivot main.parameters
            on teff, logg, fe_h, alpha_fe, mg_fe, ce_fe, radial_velocity
            into name quantity value value
        )
        select count(*)
        from main.measured_values as m
        left join wide using (star_id, quantity)
        where m.quantity in (select quantity from wide) and wide.value is null
        """
    ).fetchone()
    assert lost == (0,)


def test_shares_sum_to_one_and_make_the_value(connection):
    off = connection.execute(
        """
        with sums as (
            select star_id, quantity, sum(weight) as whole, sum(weight * value) as value
            from main.calibrated group by all
        )
        select max(abs(whole - 1)), max(abs(sums.value - p.teff))
        from sums inner join main.parameters as p using (star_id)
        where quantity = 'teff'
        """
    ).fetchone()
    assert off == pytest.approx((0, 0), abs=1e-8)


def test_sql_equals_numpy(connection):
    """The chain of views against the same arithmetic on arrays, star by star."""
    worked_out = by_numpy(connection, "fe_h")
    found = rows(connection, "select star_id, fe_h, fe_h_err from main.parameters")
    mine = [worked_out.get(star, (np.nan, np.nan)) for star in found["star_id"]]
    value, err = np.array(mine).T
    known = np.isfinite(found["fe_h"])
    assert known.sum() > 10_000
    assert (np.isfinite(value) == known).all()
    off = np.abs(value - found["fe_h"])[known] / found["fe_h_err"][known]
    assert off.max() < 0.02
    assert err[known] == pytest.approx(found["fe_h_err"][known], rel=0.02)


def edge_of_giants(teff):
    """Return the log g below which a star is a giant (Ciardi et al. 2011)."""
    return 3.5 if teff >= 6000 else 4.0 if teff <= 4250 else 5.2 - 0.00028 * teff


def birge(chi2, degrees):
    """Return by how much an error is too small for values that disagree."""
    if degrees < 1 or chi2 <= scipy.stats.chi2.isf(0.001, degrees):
        return 1.0
    return np.sqrt(chi2 / degrees)


def by_numpy(connection: duckdb.DuckDBPyConnection, quantity: str):
    """Return value and error of each star, of the stored coefficients and factors."""
    run = "(select run_id from scale.runs order by created_at desc limit 1)"

    def stored(table):
        return connection.execute(
            f"from scale.{table} where run_id = {run}"
        ).fetchall(), [c[0] for c in connection.description]

    def dicts(table):
        found, names = stored(table)
        return [dict(zip(names, row, strict=True)) for row in found]

    factors, zeros = dicts("error_factors"), dicts("zero_points")
    trends, ranges = dicts("trends"), dicts("ranges")

    def factor_of(survey, q, stage, snr):
        for f in factors:
            is_one = (f["survey"], f["quantity"], f["stage_group"]) == (
                survey,
                q,
                stage,
            )
            if is_one and f["snr_low"] <= snr < f["snr_high"]:
                return f
        raise AssertionError

    cells = connection.execute(
        f"""
        select star_id, survey, coalesce(snr, 0), is_best, teff, teff_err, logg,
            logg_err, fe_h, fe_h_err, {quantity} as q, {quantity}_err as q_err
        from main.measurements where is_clean and star_id is not null
        order by star_id, survey, source_id
        """
    ).fetchall()
    stars: dict[int, list] = {}
    for cell in cells:
        stars.setdefault(cell[0], []).append(cell[1:])
    zero = {(z["survey"], z["quantity"]): z["zero_point"] for z in zeros}
    limits = {(r["survey"], r["quantity"], r["covariate"]): r for r in ranges}
    table = {}
    for t in trends:
        table.setdefault((t["survey"], t["quantity"]), {})[t["position"]] = t
    result = {}
    for star, seen in stars.items():
        place = {}
        for name, at in (("teff", 3), ("logg", 5), ("fe_h", 7)):
            values, weights = [], []
            for survey, _, is_best, *numbers in seen:
                value, err = numbers[at - 3], numbers[at - 2]
                if is_best and value is not None:
                    f = factor_of(survey, name, "all", 0)
                    err = np.hypot(
                        (err or f["missing_err"]) * f["factor"], f["floor_err"]
                    )
                    values.append(value + zero.get((survey, name), 0.0))
                    weights.append(err**-2)
            place[name] = np.average(values, weights=weights) if values else np.nan
        line = edge_of_giants(place["teff"])
        is_known = np.isfinite(list(place.values())).all()
        stage = ("giant" if place["logg"] < line else "dwarf") if is_known else None
        if stage is None and np.isfinite([place["teff"], place["logg"]]).all():
            stage = "giant" if place["logg"] < line else "dwarf"
        by_survey: dict[str, list] = {}
        for survey, snr, _, *numbers in seen:
            value, stated = numbers[6], numbers[7]
            if value is None:
                continue
            f = factor_of(survey, quantity, stage or "all", snr)
            stated = stated or f["missing_err"]
            err = np.hypot(stated * f["factor"], f["floor_err"])
            repeat = f["repeat_factor"]
            random = min(err, stated * repeat) if repeat is not None else err
            correction, inside = 0.0, survey == "apogee"
            variance = 0.0 if inside else zero.get((survey, quantity), 0.0) ** 2
            if (survey, quantity) in table:
                inside = is_known and all(
                    limits[survey, quantity, name]["least"]
                    <= place[name]
                    <= limits[survey, quantity, name]["most"]
                    for name in place
                )
                if inside:
                    held = {
                        name: np.clip(
                            {**place, "snr": snr}[name],
                            limits[survey, quantity, name]["low"],
                            limits[survey, quantity, name]["high"],
                        )
                        for name in ("teff", "logg", "fe_h", "snr")
                    }
                    t, g, m = held["teff"], held["logg"], held["fe_h"]
                    edge = edge_of_giants(t)
                    x = np.array(
                        [1, g < edge, (t - 5000) / 1000, g - 3, m + 0.2,
                         50 / held["snr"] - 1, max(t - 6000, 0) / 1000,
                         min(m + 0.5, 0), min(g - 2.5, 0)]
                    )  # fmt: skip
                    own = table[survey, quantity]
                    correction = x @ [own[i]["coefficient"] for i in range(1, 10)]
                    matrix = np.array([own[i]["covariances"] for i in range(1, 10)])
                    variance = x @ matrix @ x
            by_survey.setdefault(survey, []).append(
                (value + correction, err**2 + variance, random**2, inside)
            )
        entries = []
        for parts in by_survey.values():
            value, total, random, inside = map(np.array, zip(*parts, strict=True))
            weight = 1 / random / (1 / random).sum()
            mean = weight @ value
            shared = weight @ (total - random)
            chi2 = ((value - mean) ** 2 / random).sum()
            # What disagrees enlarges what averages out, not what rows share.
            enlarged = birge(chi2, value.size - 1) ** 2
            variance = enlarged / (1 / random).sum() + shared
            entries.append((mean, variance, bool(inside[0])))
        if not entries:
            continue
        if any(e[2] for e in entries):
            entries = [e for e in entries if e[2]]
        value, variance = np.array([e[:2] for e in entries]).T
        weight = 1 / variance
        if len(entries) > 2:
            z = np.abs(value - np.median(value)) / np.sqrt(variance)
            weight = weight * np.minimum(1, 2 / np.maximum(z, 1e-9))
        weight = weight / weight.sum()
        mean = weight @ value
        chi2 = ((value - mean) ** 2 / variance).sum()
        scale = birge(chi2, len(entries) - 1)
        result[star] = (mean, scale * np.sqrt((weight**2 * variance).sum()))
    return result
