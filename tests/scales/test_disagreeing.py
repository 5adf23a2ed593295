"""Stars of a calibrated hard sky whose surveys disagree, against the truth."""

import polars as pl
import pytest

from stellarwh.warehouse.database import open_warehouse

pytestmark = pytest.mark.xdist_group("scaled")


@pytest.fixture(scope="module")
def connection(scaled):
    with open_warehouse(scaled.warehouse, read_only=True) as opened:
        opened.register("truth", pl.read_parquet(scaled.truth))
        opened.execute(
            """
            create temp table of_truth as
            select star_id, count(distinct survey) as n_surveys,
                bool_or(is_outlier) as is_outlier, any_value(is_binary) as is_binary,
                count(distinct survey) filter (is_outlier) as n_wrong,
                any_value(survey) filter (is_outlier) as wrong
            from main.measurements inner join truth using (survey, source_id)
            where is_clean group by star_id;
            create temp table disagreements as from main.disagreeing_stars;
            -- Of surveys, or of rows of one of them.
            create temp table doubted as
            select star_id from main.parameters
            where list_has_any(disagreeing, ['teff', 'logg', 'fe_h', 'alpha_fe']);
            """
        )
        yield opened


def counted(connection, sql):
    return connection.execute(sql).fetchone()


def test_outliers_of_stars_seen_twice_are_found(connection):
    """Most: some are no larger than the errors of low S/N."""
    injected, found = counted(
        connection,
        """
        select count(*), count(*) filter (star_id in (from doubted))
        from of_truth where n_surveys > 1 and is_outlier
        """,
    )
    assert injected > 80
    assert found / injected > 0.7


def test_surveys_and_rows_that_disagree_are_those_of_the_lists(connection):
    """What disagrees between surveys is in both; rows of one survey in parameters."""
    lacking, beyond = counted(
        connection,
        """
        with listed as (
            select star_id, unnest(disagreeing) as quantity from main.parameters
        ), within as (
            select star_id, quantity from scale.survey_values where rows_factor > 1
        )
        select
            (select count(*) from disagreements anti join listed
                using (star_id, quantity)),
            (select count(*) from listed anti join disagreements
                using (star_id, quantity) anti join within using (star_id, quantity)
                where quantity in
                    ('teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity'))
        """,
    )
    assert (lacking, beyond) == (0, 0)


def test_what_is_found_is_wrong_or_a_binary(connection):
    parameters, right, velocities, binary = counted(
        connection,
        """
        with told as (from doubted inner join of_truth using (star_id)),
        moving as (
            from disagreements inner join of_truth using (star_id)
            where quantity = 'radial_velocity'
        )
        select (select count(*) from told where n_surveys > 1),
            (select count(*) from told
                where n_surveys > 1 and (is_outlier or is_binary)),
            (select count(*) from moving), (select count(*) from moving where is_binary)
        """,
    )
    # The others are what chance gives in four quantities of some thousands of stars.
    assert right / parameters > 0.75
    assert velocities > 30
    assert binary / velocities > 0.9


def test_few_of_the_others_are_found(connection):
    """Once in a thousand stars and quantity would be chance."""
    seen, found = counted(
        connection,
        """
        select 4 * count(*), (
            select count(*) from disagreements inner join of_truth using (star_id)
            where quantity <> 'radial_velocity' and not is_outlier and not is_binary)
        from of_truth where n_surveys > 1 and not is_outlier and not is_binary
        """,
    )
    assert found / seen < 0.003


def test_the_survey_that_is_named_is_the_wrong_one(connection):
    of_two, right_of_two, of_three, right_of_three = counted(
        connection,
        """
        select count(*) filter (d.n_surveys = 2),
            count(*) filter (d.n_surveys = 2 and probably_off = wrong),
            count(*) filter (d.n_surveys = 3),
            count(*) filter (d.n_surveys = 3 and probably_off = wrong)
        from disagreements as d inner join of_truth using (star_id)
        where n_wrong = 1 and quantity <> 'radial_velocity' and probably_off is not null
        """,
    )
    assert of_two > 20
    assert of_three > 30
    assert right_of_two / of_two > 0.9
    assert right_of_three / of_three > 0.85


def test_rare_kinds_do_not_disagree_for_being_rare(connection):
    """Stars without any outlier or companion, beside all such stars."""
    found = connection.execute(
        """
        with kinds as (
            select star_id, unnest([
                'all',
                case when truth.fe_h < -1.5 then 'metal-poor' end,
                case when truth.teff > 7000 then 'hot' end,
                case when truth.teff < 4000 then 'cool' end
            ]) as kind
            from main.measurements inner join truth using (survey, source_id)
        )
        select kind, count(distinct star_id), count(distinct star_id) filter (
            star_id in (select star_id from disagreements
                where quantity <> 'radial_velocity'))
        from kinds inner join of_truth using (star_id)
        where kind is not null and n_surveys > 1 and not is_outlier and not is_binary
        group by kind
        """
    ).fetchall()
    counts = {kind: (n, disagree) for kind, n, disagree in found}
    n_all, of_all = counts.pop("all")
    assert set(counts) == {"metal-poor", "hot", "cool"}
    for n, disagree in counts.values():
        assert n > 10
        assert disagree <= 2 + 2 * n * of_all / n_all
