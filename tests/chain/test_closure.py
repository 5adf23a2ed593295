"""Closure: the chain on simulated surveys, against the truth it never saw."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.special import erf

from stellarwh.warehouse.database import open_warehouse
from tests.chain.conftest import Chain

# One worker makes the folder's slow fixtures once (``--dist loadgroup``).

PAIRS = [("apogee", "galah"), ("apogee", "lamost"), ("galah", "lamost")]
PARAMETERS = ("teff", "logg", "fe_h", "alpha_fe")


@pytest.fixture(scope="module")
def warehouse(chain: Chain) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(chain.warehouse, read_only=True) as connection:
        connection.register("truth", pl.read_parquet(chain.data / "truth.parquet"))
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> Any:
    return connection.execute(sql, list(values)).fetchall()


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_cross_match_is_complete_and_pure(warehouse, left, right):
    """Pairs of survey stars joined in main.stars against pairs of one true star."""
    ((n_true, n_found, n_right),) = rows(
        warehouse,
        """
        with best as (
            select m.survey, m.star_id, t.truth_id
            from main.measurements as m
            inner join truth as t using (survey, source_id)
            where m.is_best and m.ra is not null
        ),
        l as (from best where survey = ?), r as (from best where survey = ?)
        select
            (select count(*) from l inner join r using (truth_id)),
            (select count(*) from l inner join r using (star_id)),
            (select count(*) from l inner join r using (star_id, truth_id))
        """,
        left,
        right,
    )
    assert n_true > 300
    assert n_right / n_true >= 0.995
    assert n_right / n_found >= 0.995


OFFSETS_AGAINST_TRUTH = """
with best as (
    select m.star_id, m.survey, m.teff as seen_teff, m.logg as seen_logg,
        m.{q} as seen, t.{q}_offset + t.{q}_trend as scale, t.{q}_plate as plate
    from main.measurements as m
    inner join truth as t using (survey, source_id)
    where m.is_best and m.is_clean
),
pairs as (
    select l.survey as survey_left, r.survey as survey_right, r.seen_teff, r.seen_logg,
        l.scale - r.scale as scale, l.plate - r.plate as plate
    from best as l
    inner join best as r on l.star_id = r.star_id and l.survey < r.survey
    where l.seen is not null and r.seen is not null
),
offsets as (
    select *, max("offset") filter (stage_group = 'all')
        over (partition by survey_left, survey_right, quantity) as all_stars
    from main.survey_offsets
),
wide as (
    from (select * exclude (scatter, offset_err, n) from main.survey_offsets
        where stage_group = 'all' and quantity in ('teff', 'logg'))
    pivot (any_value("offset") for quantity in ('teff', 'logg'))
)
select o.survey_left, o.survey_right, o.stage_group,
    (any_value(o."offset") - median(p.scale)) / any_value(o.offset_err) as of_scale,
    (any_value(o."offset") - median(p.scale + p.plate)) / any_value(o.offset_err)
        as of_rows
from offsets as o
inner join wide as w
    on o.survey_left = w.survey_left and o.survey_right = w.survey_right
inner join pairs as p
    on o.survey_left = p.survey_left and o.survey_right = p.survey_right
    and (o.stage_group = 'all' or o.stage_group
        = group_on_scale(p.seen_teff, p.seen_logg, w.teff, w.logg))
where o.quantity = '{q}' and o.n >= 100
group by all
"""


def test_survey_offsets_recover_what_was_injected(warehouse):
    """The pulls (recovered - injected) / error are those of a unit normal.

    What was injected is the difference of the scales of the two surveys, with their
    trends, at the stars that they share; the offsets of plates are noise to it.
    """
    pulls = {
        (quantity, *key): (of_scale, of_rows)
        for quantity in PARAMETERS
        for *key, of_scale, of_rows in rows(
            warehouse, OFFSETS_AGAINST_TRUTH.format(q=quantity)
        )
    }
    assert len(pulls) >= 30
    of_scale, of_rows = np.array(list(pulls.values())).T
    assert np.abs(of_scale).max() < 3 * 1.6, pulls
    assert np.sqrt(np.mean(of_scale**2)) < 1.6, pulls
    # With the offsets of these very plates nothing is left but the stated error.
    assert np.abs(of_rows).max() < 3.5, pulls
    assert np.sqrt(np.mean(of_rows**2)) < 1.3, pulls


def held_out(warehouse, task, target):
    """Return labels, true values on APOGEE's scale, errors and intervals of a run."""
    found = warehouse.execute(
        f"""
        select o.label, o.label_err, o.lower_90, o.upper_90,
            t.{target} + t.{target}_trend as true_value, t.{target}_sigma as sigma,
            t.stated_error_factor as stated
        from ml.out_of_fold as o
        inner join ml.runs as r on o.run_id = r.run_id and r.task = ?
        inner join main.measurements as m
            on o.star_id = m.star_id and m.survey = 'apogee' and m.is_best
        inner join truth as t on t.survey = 'apogee' and t.source_id = m.source_id
        where o.target = ?
        order by o.star_id
        """,
        [task, target],
    ).fetchnumpy()
    return {name: np.asarray(values) for name, values in found.items()}


def share_within(values, found):
    return np.mean((found["lower_90"] <= values) & (values <= found["upper_90"]))


@pytest.mark.parametrize("task", ["apogee_from_galah", "apogee_from_lamost"])
@pytest.mark.parametrize("target", PARAMETERS)
def test_90_percent_intervals_hold_true_values_of_held_out_stars(
    warehouse, task, target
):
    """Out-of-fold intervals of the run against the star's value on APOGEE's scale.

    APOGEE states a quarter of its errors, which repeats share: nothing tells the rest
    from the star. Intervals hold what APOGEE would find if it erred as it states, and
    hold the star itself more often: by how much is what the rest adds to their width.
    """
    found = held_out(warehouse, task, target)
    n = len(found["label"])
    assert n > 500
    assert np.allclose(found["stated"], 0.25)
    true, sigma = found["true_value"], found["sigma"]
    untold = np.random.default_rng(5).standard_normal(n) * sigma
    untold *= np.sqrt(1 - found["stated"] ** 2)
    assert 0.885 <= share_within(true + untold, found) <= 0.925
    # Labels as published, outliers and all.
    assert 0.88 <= share_within(found["label"], found) <= 0.915
    # Half-widths are 1.645 sigma of both parts, so that what is left without one is
    # covered as a normal variable is: the mean over stars.
    half = (found["upper_90"] - found["lower_90"]) / 2
    part = (half / 1.645) ** 2 - sigma**2 * (1 - found["stated"] ** 2)
    covered = share_within(true, found)
    assert covered >= 0.9
    assert part.mean() > 0
    expected = np.mean(erf(half / np.sqrt(2 * np.maximum(part, 0.05 * half**2))))
    assert covered == pytest.approx(expected, abs=0.03)


# The least that a task with spectra may reach, for stars of S/N above 50.
LEAST = {"teff": 100.0, "logg": 0.2, "fe_h": 0.1, "alpha_fe": 0.04}


@pytest.mark.parametrize("task", ["apogee_from_galah", "apogee_from_lamost"])
def test_parameters_from_spectra_are_as_good_as_promised(warehouse, task):
    found = dict(
        rows(
            warehouse,
            "select target, value from ml.metrics inner join ml.runs using (run_id) "
            "where task = ? and metric = 'mae' and metrics.folds = 'blocked' "
            "and stratum = 'snr>=50'",
            task,
        )
    )
    assert found.keys() == LEAST.keys()
    assert {target for target in LEAST if found[target] >= LEAST[target]} == set()


@pytest.mark.parametrize(
    ("task", "accuracy", "error"),
    [("luminosity_class", 0.95, 0.02), ("spectral_type", 0.89, 0.02)],
)
def test_classes_are_right_and_as_often_as_their_probabilities_say(
    warehouse, task, accuracy, error
):
    found = dict(
        rows(
            warehouse,
            "select metric, value from ml.metrics inner join ml.runs using (run_id) "
            "where task = ? and metrics.folds = 'blocked' and stratum = 'all'",
            task,
        )
    )
    assert found["accuracy"] > accuracy
    assert found["ece"] < error


@pytest.mark.parametrize("task", ["apogee_from_any", "apogee_from_lamost"])
def test_stars_far_from_the_training_stars_are_predicted_worse(warehouse, task):
    """Errors against the truth of stars that APOGEE never saw."""
    errors = rows(
        warehouse,
        """
        select avg(abs(p.value - t.teff)) as error
        from main.predictions as p
        inner join main.measurements as m
            on p.star_id = m.star_id and m.survey = 'lamost' and m.is_best
        inner join truth as t on t.survey = 'lamost' and t.source_id = m.source_id
        where p.task = ? and p.target = 'teff' and not p.is_out_of_fold
            -- Far for a wrong value, not as a star.
            and not t.is_outlier
        group by case
            when p.training_distance < 0.5 then 1
            when p.training_distance < 0.75 then 2
            when p.training_distance < 1 then 3
            else 4
        end
        order by any_value(p.training_distance)
        """,
        task,
    )
    assert [error for (error,) in errors] == sorted(error for (error,) in errors)
    # Far stars gain most by learning the difference; before, they were 3 times worse.
    assert errors[-1][0] > 1.8 * errors[0][0]


def test_the_truth_is_not_in_the_warehouse(warehouse):
    names = rows(warehouse, "select column_name from duckdb_columns()")
    assert not {name for (name,) in names if "truth" in name.lower()} - {"truth_id"}
    ((files,),) = rows(warehouse, "select list(file) from meta.ingests")
    assert [file for file in files if "truth" in file] == []


@pytest.mark.parametrize(
    ("task", "recall", "precision"),
    [
        ("apogee_from_galah", 0.65, 0.85),
        ("apogee_from_lamost", 0.4, 0.7),
        ("apogee_from_photometry", 0.7, 0.55),
        ("apogee_from_any", 0.55, 0.6),
    ],
)
def test_outliers_among_the_labels_are_listed(warehouse, task, recall, precision):
    """1 % of APOGEE's rows are 5 to 10 errors off, in a scatter of the predictions.

    Recall is of those rows; precise is what lists a star of which a published value,
    APOGEE's or another survey's, is one.
    """
    ((n, found, right, precise),) = rows(
        warehouse,
        """
        with stars as (
            select m.star_id,
                bool_or(t.is_outlier) filter (where m.survey = 'apogee') as is_wrong,
                bool_or(t.is_outlier) as has_wrong
            from main.measurements as m
            inner join truth as t using (survey, source_id)
            where m.is_best
            group by m.star_id
        ),
        runs as (select run_id from ml.runs where task = ?),
        listed as (
            select distinct star_id from ml.outliers semi join runs using (run_id)
            where ends_with(feature, ' - predicted')
        ),
        labelled as (
            select distinct star_id from ml.out_of_fold semi join runs using (run_id)
        )
        select
            count_if(is_wrong),
            count(listed.star_id),
            count_if(is_wrong and listed.star_id is not null),
            count_if(has_wrong and listed.star_id is not null)
        from labelled
        inner join stars using (star_id)
        left join listed using (star_id)
        """,
        task,
    )
    told = f"{right} of {n} found, {precise} of {found} listed are outliers"
    assert n >= 20
    assert right / n >= recall, told
    assert precise / found >= precision, told
