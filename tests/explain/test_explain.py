"""The chain of one star: every line stands beside a query that gives what it says."""

import json
import math

import pytest
from scipy.stats import chi2 as chi2_of_scipy
from typer.testing import CliRunner

import stellarwh
from stellarwh.cli import app
from stellarwh.explain.asking import rows_of
from stellarwh.explain.value import chi2_chance
from tests.pasted import alike, shown_by

FOUR = ("teff", "logg", "fe_h", "alpha_fe")
STAGES = ["who", "raw", "nulls", "match", "scale", "value", "doubts"]


def value(wh, sql):
    ((found,),) = wh.connection.execute(sql).fetchall()
    return found


def stage(told, name):
    return next(one for one in told.stages if one.name == name)


def lines(told, name):
    return [line for step in stage(told, name).steps for line in step.lines]


@pytest.fixture(scope="module")
def of_three(wh):
    """Return a star that three surveys saw cleanly."""
    return value(
        wh,
        "select star_id from main.parameters where teff_n_surveys = 3 "
        "and alpha_fe_n_surveys = 3 and teff_in_range order by star_id limit 1",
    )


@pytest.fixture(scope="module")
def told(wh, of_three):
    return wh.explain(of_three)


# A star of three surveys; one with a rejected row; one with an abundance that its flag
# rejects; one out of the calibrated range; one of a single survey; one seen twice.
KINDS = {
    "three surveys": "select star_id from main.stars where n_surveys = 3",
    "one survey": "select star_id from main.stars where n_surveys = 1",
    "rejected": "select star_id from main.measurements where not is_clean "
    "and star_id is not null and len(quality_flags) > 0",
    "out of range": "select star_id from main.calibrated where not in_range "
    "and quantity = 'fe_h'",
    "seen twice": "select star_id from main.repeats where quantity = 'teff'",
    "no Teff": "select star_id from main.measurements where teff is null "
    "and star_id is not null",
}


def same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and type(one) is type(other)


@pytest.mark.parametrize("kind", KINDS)
def test_each_query_gives_what_its_lines_say(wh, kind):
    star = value(wh, f"select min(star_id) from ({KINDS[kind]})")
    assert star is not None
    told = wh.explain(star, quantity="teff,fe_h,mg_fe")
    assert told.star_id == star
    assert [one.name for one in told.stages] == STAGES
    for one in told.stages:
        assert one.steps or one.name == "nulls", one.name
        for step in one.steps:
            assert step.lines
            assert same(list(step.rows), rows_of(wh.connection, step.sql)), step.sql
    assert all(len(line) <= 98 for s in STAGES for line in lines(told, s))


def test_statements_paste_into_the_released_shell(
    calibrated, wh, of_three, duckdb_shell
):
    """As they stand in the object that --json prints; each gives the rows beside it."""
    told = json.loads(json.dumps(wh.explain(of_three, quantity="all").to_dict()))
    steps = [step for one in told["stages"] for step in one["steps"]]
    assert all(step["sql"].endswith(";") for step in steps)
    assert all(step["sql"].count(";") == 1 for step in steps)
    printed = shown_by(duckdb_shell, calibrated, [step["sql"] for step in steps])
    assert len(printed) == len(steps)
    for step, rows in zip(steps, printed, strict=True):
        assert len(rows) == len(step["rows"]), step["sql"]
        for got, expected in zip(rows, step["rows"], strict=True):
            assert list(got) == list(expected)
            for name, cell in expected.items():
                assert alike(got[name], cell), (step["sql"], name, got[name], cell)


def test_statements_run_in_query(calibrated, told):
    statements = [step.sql for one in told.stages for step in one.steps]
    for sql in statements[:2] + statements[-2:]:
        asked = ["--warehouse", str(calibrated), "query", sql, "--format", "json"]
        result = CliRunner().invoke(app, asked)
        assert result.exit_code == 0, result.output
        json.loads(result.stdout)


def test_raw_cells_are_those_of_the_file_and_rules_give_staging(wh, told, of_three):
    measured = wh.connection.execute(
        f"select survey, teff, teff_err, alpha_fe from main.measurements "
        f"where star_id = {of_three} order by survey_rank(survey), source_id"
    ).fetchall()
    rules = [step for step in stage(told, "nulls").steps if "teff" in step.rows[0]]
    assert len(rules) == len(measured)
    for step, (survey, teff, teff_err, alpha_fe) in zip(rules, measured, strict=True):
        (row,) = step.rows
        assert row["teff"] == pytest.approx(teff, rel=1e-6), survey
        assert row["teff_err"] == pytest.approx(teff_err, rel=1e-6)
        assert row["alpha_fe"] == pytest.approx(alpha_fe, rel=1e-6)
    cells = [s for s in stage(told, "raw").steps if "from raw." in s.sql]
    # What staging reads these from, by its own SQL.
    assert [
        {name.lower() for name in step.rows[0]} & {"e_teff", "teff_err", "alpha_m"}
        for step in cells
    ] == [{"teff_err", "alpha_m"}, {"e_teff"}, {"teff_err", "alpha_m"}]


def test_terms_make_the_correction_and_weights_the_value(told):
    steps = [s for s in stage(told, "scale").steps if "from main.calibrated" in s.sql]
    assert len(steps) == len(FOUR)
    values = [s for s in stage(told, "value").steps if "from main.parameters" in s.sql]
    for step, final in zip(steps, values, strict=True):
        for row in step.rows:
            assert row["measured"] + row["correction"] == pytest.approx(row["value"])
            if row["terms"]:
                total = sum(row["terms"].values())
                assert total == pytest.approx(row["correction"])
        quantity = step.rows[0]["quantity"]
        mean = sum(row["weight"] * row["value"] for row in step.rows)
        assert mean == pytest.approx(final.rows[0][quantity], rel=1e-6)


def test_parts_of_an_error_add_up(told):
    """Stated error times its factor, the floor, and the error of the correction."""
    steps = stage(told, "scale").steps
    values = [s for s in steps if "from main.calibrated" in s.sql]
    factors = [s for s in steps if "from scale.factors" in s.sql]
    corrected = 0
    for step, known in zip(values, factors, strict=True):
        for row in step.rows:
            of_survey = [f for f in known.rows if f["survey"] == row["survey"]]
            if len(of_survey) != 1 or of_survey[0]["least_err"]:
                continue
            (factor,) = of_survey
            stated = row["measured_err"] * factor["factor"]
            parts = stated, factor["floor_err"] or 0, row["correction_err"]
            assert row["err"] == pytest.approx(math.hypot(*parts), rel=1e-6)
            if row["correction_err"]:
                corrected += 1
                assert f" ± {row['correction_err']:.3g}: " in " ".join(step.lines)
                said = " ".join(" ".join(known.lines).split())
                assert "the correction's in quadrature" in said
    assert corrected > 2


def test_tells_where_rows_of_one_survey_disagree(copy):
    """Two rows 600 K apart: half of that, beside what they share."""
    with stellarwh.open(copy, write=True) as wh:
        star, survey, other, best = wh.connection.execute(
            """
            select r.star_id, r.survey, r.other_source_id, m.teff
            from main.repeats as r
            inner join main.measurements as m using (survey, source_id)
            inner join main.stars as s on r.star_id = s.star_id
            inner join scale.survey_values as v
                on r.star_id = v.star_id and r.survey = v.survey
                and r.quantity = v.quantity
            where r.quantity = 'teff' and v.n_rows = 2 and s.n_surveys = 1
            order by all limit 1
            """
        ).fetchall()[0]
        before = wh.explain(star, quantity="teff")
        assert "rows of" not in " ".join(lines(before, "value"))
        wh.connection.execute(
            f"update main.measurements_{survey} set teff = ? where source_id = ?",
            [best + 600, other],
        )
        told = wh.explain(star, quantity="teff")
        err, factor = wh.connection.execute(
            "select err, rows_factor from scale.survey_values "
            f"where star_id = {star} and quantity = 'teff'"
        ).fetchall()[0]
    said = (
        f"  the 2 rows of {survey} differ by {factor:.3g} sigma: its error is {err:.3g}"
    )
    assert any(line.startswith(said) for line in lines(told, "value"))
    doubts = lines(told, "doubts")
    assert doubts[0] == "seen by one survey: there is no other to disagree with"
    assert "teff: rows of one survey disagree" in doubts
    assert any(line.startswith(said) for line in doubts)
    assert 200 < err < 400
    assert " ".join(lines(told, "value")).count("they agree") == 0


# What the cells of a GALAH row hold, and what is said of it.
CELLS = {
    "its flag": ("mg_fe = 0.1, flag_mg_fe = 1", "flag_Mg_fe = 1 rejects Mg_fe = 0.1"),
    "no number": ("mg_fe = 'nan', flag_mg_fe = 0", "Mg_fe = nan is no number"),
    "a sentinel": ("mg_fe = -9999, flag_mg_fe = 0", "stands for a missing value"),
    "no abundance": ("mg_fe = 12.5, flag_mg_fe = 0", "is beyond 10 dex"),
    "nothing": ("mg_fe = null, flag_mg_fe = 0", "Mg_fe is NULL in raw.galah"),
}


def test_tells_why_a_cell_became_null(copy):
    with stellarwh.open(copy, write=True) as wh:
        star, source = wh.connection.execute(
            "select star_id, galah_source_id from main.stars "
            "where surveys = ['galah'] order by star_id limit 1"
        ).fetchall()[0]
        for cells, said in CELLS.values():
            wh.connection.execute(
                f"update raw.galah set {cells}, e_mg_fe = 0.1 "
                f"where sobject_id = {source}"
            )
            told = wh.explain(star, quantity="mg_fe")
            (line,) = [
                one for one in lines(told, "nulls") if one.startswith("  mg_fe is NULL")
            ]
            assert said in line
            assert line.endswith("; so is its error")
        wh.connection.execute(
            "update raw.galah set mg_fe = 0.1, flag_mg_fe = 0, e_mg_fe = 0 "
            f"where sobject_id = {source}"
        )
        told = wh.explain(star, quantity="mg_fe")
        (line,) = [one for one in lines(told, "nulls") if "NULL:" in one]
        assert (
            line == "  mg_fe_err is NULL: e_Mg_fe = 0 is no error: it is not positive"
        )


def test_tells_of_ids_that_disagree(copy, of_three):
    with stellarwh.open(copy, write=True) as wh:
        wh.connection.execute(
            f"update main.stars set has_conflict = true where star_id = {of_three}"
        )
        wh.connection.execute(
            "insert into matching.disagreements by name "
            "select 'apogee' as survey_left, "
            "apogee_source_id as source_id_left, 'galah' as survey_right, "
            "galah_source_id as source_id_right, "
            "'near, different ids' as disagreement, 'DR3' as gaia_release, "
            "1 as gaia_source_id_left, 2 as gaia_source_id_right, "
            "0.25 as separation, false as is_moved, true as is_same_star "
            f"from main.stars where star_id = {of_three}"
        )
        told = wh.explain(of_three, quantity="teff")
    assert any("disagree on which star" in line for line in lines(told, "who"))
    assert any("near, different ids" in line for line in lines(told, "match"))
    assert any("0.250″; one star all the same" in line for line in lines(told, "match"))


def test_says_what_chance_alone_would_join(copy, of_three):
    with stellarwh.open(copy, write=True) as wh:
        wh.connection.execute(
            "insert into matching.chance_matches values ('apogee', 'galah', 12)"
        )
        told = wh.explain(of_three, quantity="teff")
        pairs = [s.rows[0] for s in stage(told, "match").steps if len(s.rows) == 1]
        (pair,) = [row for row in pairs if row.get("n_chance") == 12]
        stars = value(
            wh, "select n_stars from matching.surveys where survey = 'apogee'"
        )
    assert pair["chance"] == pytest.approx(12 / stars * pair["separation"] ** 2)


def test_tells_why_a_value_is_not_corrected(wh):
    star, survey = wh.connection.execute(
        "select star_id, survey from main.calibrated where not in_range "
        "and quantity = 'fe_h' and survey <> 'apogee' order by star_id limit 1"
    ).fetchall()[0]
    told = wh.explain(star, quantity="fe_h")
    (line,) = [
        one
        for one in lines(told, "scale")
        if one.startswith(f"  {survey} is not corrected")
    ]
    place = next(s for s in stage(told, "scale").steps if "scale.places " in s.sql).rows
    limits = next(s for s in stage(told, "scale").steps if "corrections" in s.sql).rows
    beyond = [
        name
        for name in ("teff", "logg", "fe_h")
        if not (
            limits[0][f"{name}_least"] <= place[0][name] <= limits[0][f"{name}_most"]
        )
    ]
    assert beyond
    assert all(f"{name} " in line for name in beyond)


def test_tells_of_what_the_surveys_disagree_in(wh):
    (star,) = wh.connection.execute(
        "select min(star_id) from main.disagreeing_stars where len(reasons) > 1"
    ).fetchall()[0]
    listed = rows_of(
        wh.connection,
        f"from main.disagreeing_stars where star_id = {star} order by quantity",
    )
    step = stage(wh.explain(star, quantity="c_fe"), "doubts").steps[0]
    assert len(step.rows) == len(listed) > 0
    told = " ".join(" ".join(step.lines).split())
    for row in listed:
        assert f"{row['quantity']}: {row['survey_left']} " in told
        assert f"differ by {row['difference_sigma']:.3g} sigma" in told
        assert "; ".join(row["reasons"]) in told
    assert "from main.disagreeing_stars" in step.sql


def test_names_the_survey_that_is_probably_off(copy, of_three):
    with stellarwh.open(copy, write=True) as wh:
        wh.connection.execute(
            "drop view main.disagreeing_stars; create view main.disagreeing_stars as "
            f"select {of_three} as star_id, 'teff' as quantity, 'apogee' as "
            "survey_left, 'galah' as survey_right, 'galah' as probably_off, "
            "['S/N 21 of galah, among its lowest tenth'] as reasons, 12.3 as chi2, "
            "4.9e3 as value_left, 3e1 as err_left, 5.1e3 as value_right, "
            "5e1 as err_right, 3.43e0 as difference_sigma"
        )
        told = wh.explain(of_three, quantity="teff")
    assert lines(told, "doubts")[:3] == [
        "teff: apogee 4900 ± 30 and galah 5100 ± 50",
        "  differ by 3.43 sigma; probably off: galah",
        "  reasons: S/N 21 of galah, among its lowest tenth",
    ]


def test_tells_of_a_star_unlike_its_neighbours(wh):
    star, quantity, factor = wh.connection.execute(
        "select star_id, quantity, local_outlier_factor from main.unlike_neighbours "
        "order by star_id limit 1"
    ).fetchall()[0]
    step = stage(wh.explain(star, quantity="teff"), "doubts").steps[-1]
    assert f"most of all in {quantity}: " in step.lines[0]
    assert f"{factor:.3g}" in " ".join(step.lines)
    assert "from main.unlike_neighbours" in step.sql


def test_says_so_where_nothing_speaks_against_a_star(wh):
    for surveys, said in (
        ("= 3", "its surveys do not disagree beyond errors that hold"),
        ("= 1", "seen by one survey: there is no other to disagree with"),
    ):
        star = value(
            wh,
            f"select min(star_id) from main.stars where n_surveys {surveys} and not "
            "exists (from main.disagreeing_stars as d where d.star_id = stars.star_id)"
            " and not exists (from main.unlike_neighbours as u "
            "where u.star_id = stars.star_id)",
        )
        told = wh.explain(star, quantity="teff")
        assert lines(told, "doubts") == [
            said,
            "not among the stars whose values are unlike any neighbour's",
        ]


def test_agreement_is_told_as_disagreeing_stars_has_it(wh):
    """Once in a thousand by chance, in the words of a value as in the list."""
    told = 0
    for (star,) in wh.connection.execute(
        "select star_id from main.parameters where teff_chi2 between 6 and 30 "
        "and teff_n_surveys = 2 order by star_id limit 8"
    ).fetchall():
        listed = value(
            wh,
            "select count(*) from main.disagreeing_stars "
            f"where star_id = {star} and quantity = 'teff'",
        )
        found = " ".join(lines(wh.explain(star, quantity="teff"), "value"))
        assert ("they disagree" in found) == bool(listed)
        told += 1
    assert told > 1


def test_says_that_it_is_simulated(told):
    assert told.is_simulated
    assert "SIMULATED" in str(told)


def test_constant_offsets_say_what_to_do(copy, of_three):
    with stellarwh.open(copy, write=True) as wh:
        wh.connection.execute("delete from scale.runs")
        wh.publish()
        told = wh.explain(of_three, quantity="teff")
        assert "constant offsets" in lines(told, "scale")[0]
        assert "stellarwh calibrate" in lines(told, "scale")[1]
        assert all(len(line) <= 98 for s in STAGES for line in lines(told, s))
        for one in told.stages:
            for step in one.steps:
                found = rows_of(wh.connection, step.sql)
                assert same(list(step.rows), found), step.sql


def test_tells_what_was_learned_and_which_is_taken(copy):
    with stellarwh.open(copy, write=True) as wh:
        star, measured, err = wh.connection.execute(
            "select star_id, teff, teff_err from main.parameters "
            "where teff_sources = ['galah'] order by star_id limit 1"
        ).fetchall()[0]
        learned = measured + 7
        wh.connection.execute(
            "insert into ml.runs by name select 'run' as run_id, "
            "'apogee_from_galah' as task, 'regression' as kind, 'ridge' as estimator, "
            "0 as seed, 5 as folds, 'cpu' as device, now()::timestamp as created_at, "
            "1 as seconds, 9 as rows_labelled, ['teff'] as targets, [] as features, "
            "[] as feature_types, '' as data_fingerprint, '' as view_sql, "
            "'{}' as parameters, '{}' as versions, '' as artefacts_sha256"
        )
        wh.connection.execute(
            "insert into ml.predictions by name select 'run' as run_id, $1 as star_id, "
            "'teff' as target, $2 as value, $2 - $3 as lower_68, $2 + $3 as upper_68, "
            "true as in_domain, true as is_out_of_fold",
            [star, learned, err / 2],
        )
        told = wh.explain(star, quantity="teff")
        (taken,) = [s for s in stage(told, "value").steps if "best_par" in s.sql]
        assert rows_of(wh.connection, taken.sql) == list(taken.rows)
    found = lines(told, "value")
    assert any("learned by apogee_from_galah: teff = " in line for line in found)
    assert taken.rows[0]["teff"] == pytest.approx(learned)
    assert ", learned: apogee_from_galah" in taken.lines[0]


def test_all_quantities_are_those_of_parameters(wh, of_three):
    told = wh.explain(of_three, quantity="all")
    columns = wh.table("main.parameters").columns
    assert list(told.quantities) == [c for c in columns if f"{c}_chi2" in columns]
    json.dumps(told.to_dict(), allow_nan=False)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("chi2", [0.0, 0.3, 4.7, 30.0])
def test_chance_of_a_chi_square_is_that_of_scipy(chi2, freedom):
    expected = chi2_of_scipy.sf(chi2, freedom)
    assert chi2_chance(chi2, freedom) == pytest.approx(expected, rel=1e-9)
