"""Every recipe of the cookbook, in the released shell and in Python."""

import re

import pytest

import stellarwh
from stellarwh.warehouse.cookbook import read_cookbook, serve
from tests.chain.conftest import Chain
from tests.pasted import alike, shown_by
from tests.report.html_checks import Page

pytestmark = pytest.mark.xdist_group("chain")
# A simulated sky has no cluster, and the ids of a small one agree with its positions.
MAY_BE_EMPTY = {
    "cluster_by_cone_and_motion",
    "ids_against_positions",
    "stars_with_conflicts",
}


def test_recipes_give_the_same_in_the_shell_and_in_python(
    chain: Chain, duckdb_shell: str
) -> None:
    recipes = read_cookbook()
    assert len(recipes) >= 40
    assert len({one.name for one in recipes}) == len(recipes)
    # These take seconds each time: a table of their rows comes before them.
    kept = [
        f"create temp table {view} as from main.{view};"
        for view in ("parameters", "kinematics", "calibrated", "disagreeing_stars")
    ]
    statements = [*kept, *(one.sql for one in recipes)]
    printed = shown_by(duckdb_shell, chain.warehouse, statements)[len(kept) :]
    assert len(printed) == len(recipes)
    with stellarwh.open(chain.warehouse) as wh:
        for statement in kept:
            wh.connection.execute(statement)
        for recipe, shell in zip(recipes, printed, strict=True):
            python = wh.sql(recipe.sql).to_arrow().to_pylist()
            assert python or recipe.name in MAY_BE_EMPTY, recipe.name
            assert len(shell) == len(python), recipe.name
            for got, expected in zip(shell, python, strict=True):
                for name, cell in expected.items():
                    assert alike(got[name], cell), (recipe.name, name, got, expected)


def test_every_recipe_says_what_it_finds_and_orders_its_rows() -> None:
    for recipe in read_cookbook():
        assert recipe.text.endswith("."), recipe.name
        is_one_row = recipe.name in {"star_by_gaia_id", "golden_sample"}
        assert is_one_row or "\norder by" in recipe.sql, recipe.name
        assert recipe.sql.count(";") == 1, recipe.name
        assert not recipe.sql.startswith("--"), recipe.name


def test_what_takes_too_long_is_said_to_and_does_not_keep_others(
    chain: Chain,
) -> None:
    times = iter(range(10_000))
    with stellarwh.open(chain.warehouse) as wh:
        # The clock goes on a second with each look: all are late at first, and are run
        # when others had their turn.
        served = serve(
            wh.connection, 1e6, quick=0.5, shown=3, clock=lambda: float(next(times))
        )
        late = serve(wh.connection, 0, quick=1, shown=3)
    assert all(one.n_rows is not None and len(one.rows) <= 3 for one in served)
    assert all(one.n_rows is None for one in late)
    assert {one.why_not for one in late} == {"it takes longer than a report waits"}


def test_the_page_has_their_results(chain: Chain) -> None:
    page = Page(chain.reports / "cookbook.html")
    with stellarwh.open(chain.warehouse) as wh:
        stars, precise = wh.connection.execute(
            "select count(*), count(*) filter (where teff_err < 100 and "
            "fe_h_err < 0.1) from main.parameters"
        ).fetchall()[0]
    text = re.sub(r"\s+", "", page.text)
    assert f"n_starsn_precisen_in_rangen_golden{stars:,}{precise:,}" in text
