"""Where errors are as stated, intervals hold the star as often as they say."""

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from stellarwh.ingest import ingest_survey
from stellarwh.learning import train
from stellarwh.simulate import simulate
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

# One worker trains for all tests of this file (``--dist loadgroup``).
pytestmark = pytest.mark.xdist_group("ideal sky")

TASKS = ("apogee_from_galah", "apogee_from_lamost")


@pytest.fixture(scope="module")
def ideal(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Train two tasks on a sky without faults; its truth is the table ``truth``."""
    folder = tmp_path_factory.mktemp("ideal")
    paths = simulate(folder, stars=15_000, seed=7, ideal=True)
    with open_warehouse(folder / "ideal.duckdb", builds=True) as connection:
        for survey in ("apogee", "galah", "lamost"):
            ingest_survey(connection, survey, paths[survey])
        build_views(connection)
        for task in TASKS:
            train(connection, task, seed=0)
        connection.register("truth", pl.read_parquet(paths["truth"]).to_arrow())
        yield connection


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("target", ["teff", "logg", "fe_h", "alpha_fe"])
def test_intervals_hold_the_true_values_of_held_out_stars(ideal, task, target):
    """Labels are honest here: what they err is no part of the intervals."""
    ((n, in_68, in_90, label_in_90),) = ideal.execute(
        f"""
        select count(*),
            avg((t.{target} between o.lower_68 and o.upper_68)::int),
            avg((t.{target} between o.lower_90 and o.upper_90)::int),
            avg((o.label between o.lower_90 and o.upper_90)::int)
        from ml.out_of_fold as o
        inner join ml.runs as r on o.run_id = r.run_id and r.task = ?
        inner join main.measurements as m
            on o.star_id = m.star_id and m.survey = 'apogee' and m.is_best
        inner join truth as t on t.survey = 'apogee' and t.source_id = m.source_id
        where o.target = ?
        """,
        [task, target],
    ).fetchall()
    assert n > 1000
    # Measured: 64 to 71 %, and 87 ([alpha/Fe] from GALAH; 89 with seed 8) to 90 %; the
    # standard error of either is 1.2 and 0.8 % with 1,534 stars.
    assert 0.62 <= in_68 <= 0.72
    assert 0.86 <= in_90 <= 0.92
    assert label_in_90 < in_90
