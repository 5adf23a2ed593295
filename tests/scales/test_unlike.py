"""Stars unlike any neighbour, of a calibrated hard sky, against the truth."""

import shutil

import polars as pl
import pytest

from stellarwh.scales.neighbours import find_unlike, read_places
from stellarwh.warehouse.database import open_warehouse

pytestmark = pytest.mark.xdist_group("scaled")

KINDS = {
    "metal-poor": "fe_h < -1.5",
    "hot": "teff > 7500",
    "very cool": "teff < 3800",
}


@pytest.fixture(scope="module")
def connection(scaled):
    with open_warehouse(scaled.warehouse, read_only=True) as opened:
        opened.register("truth", pl.read_parquet(scaled.truth))
        opened.execute(
            """
            create temp table of_truth as
            select star_id, bool_or(is_outlier) as is_outlier,
                any_value(truth.teff) as teff, any_value(truth.fe_h) as fe_h
            from main.measurements inner join truth using (survey, source_id)
            where is_clean group by star_id;
            create temp table unlike as from main.unlike_neighbours;
            """
        )
        yield opened


def of_kind(connection, condition):
    """Return how many stars there are, are unlike, and are so without being wrong."""
    return connection.execute(
        f"""
        with of_kind as (from of_truth where {condition})
        select count(*), count(unlike.star_id),
            count(unlike.star_id) filter (not is_outlier)
        from of_kind left join unlike using (star_id)
        """
    ).fetchone()


def test_what_is_found_is_wrong(connection, scaled):
    _, found, right = of_kind(connection, "true")
    assert found == scaled.result.unlike
    assert found > 30
    assert right / found < 0.15
    injected, of_injected, _ = of_kind(connection, "is_outlier")
    assert of_injected / injected > 0.15


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_rare_kinds_survive(connection, kind):
    """As many of them are found as of all stars, to what so few tell."""
    n_all, of_all, _ = of_kind(connection, "true")
    n, found, right = of_kind(connection, KINDS[kind])
    assert n > 50
    assert found <= 3 + 1.5 * n * of_all / n_all
    assert right <= 2


def test_stars_rich_in_carbon_survive(connection, scaled, tmp_path):
    """The sky has none: metal-poor stars are given [C/Fe] of 1.2."""
    path = tmp_path / "carbon.duckdb"
    shutil.copy(scaled.warehouse, path)
    with open_warehouse(path, read_only=False) as changed:
        (enriched,) = changed.execute(
            "update main.measurements_apogee set c_fe = 1.2, c_fe_err = 0.05 "
            "where is_clean and fe_h < -1"
        ).fetchone()
        assert enriched > 100
        (rich,) = changed.execute(
            "select count(*) from main.parameters where c_fe > 0.7 and fe_h < -0.9"
        ).fetchone()
        assert rich > 0.7 * enriched
        assert find_unlike(read_places(changed))["star_id"].to_list() == [
            star
            for (star,) in connection.execute(
                "select star_id from unlike order by star_id"
            ).fetchall()
        ]
        asked = "select star_id, quantity from main.disagreeing_stars order by all"
        assert changed.execute(asked).fetchall() == connection.execute(asked).fetchall()


def test_no_star_is_left_out_of_parameters(connection):
    lost = connection.execute(
        "select count(*) from unlike anti join main.parameters using (star_id)"
    ).fetchone()
    assert lost == (0,)
