"""Every recipe of the cookbook, in the released shell, in Python and as it is stored.

To store what they give now, run it with STELLARWH_STORE_RESULTS=1.
"""

import csv
import json
import os
import re
from pathlib import Path

import pytest

import stellarwh
from stellarwh.content import content_dir
from stellarwh.warehouse.cookbook import Recipe, read_cookbook, serve
from tests.chain.conftest import Chain
from tests.pasted import alike, shown_by
from tests.report.html_checks import Page

# A simulated sky has no cluster, and the ids of a small one agree with its positions.
MAY_BE_EMPTY = {
    "cluster_by_cone_and_motion",
    "ids_against_positions",
    "stars_with_conflicts",
}
# What is another each time that files are made and read.
PASSING = {"ingested_at", "file", "size", "sha256", "seconds", "version"}
# Of a result so many rows are stored.
STORED = 8


def stored(folder: Path, number: int, recipe: Recipe) -> Path:
    """Return where the result of a recipe stands: beside it."""
    return folder / "results" / f"{number:02}_{recipe.name}.csv"


def as_text(value: object) -> str:
    """Return a cell as it is stored: numbers with six figures."""
    if value is None or isinstance(value, bool | str):
        return "" if value is None else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False)


def nearly(cell: str, expected: str) -> bool:
    """Say whether cells are the same, numbers as processors may differ."""
    if cell == expected:
        return True
    try:
        return float(cell) == pytest.approx(float(expected), rel=2e-3, abs=2e-3)
    except ValueError:
        return False


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
        for number, (recipe, shell) in enumerate(
            zip(recipes, printed, strict=True), start=1
        ):
            python = wh.sql(recipe.sql).to_arrow().to_pylist()
            assert python or recipe.name in MAY_BE_EMPTY, recipe.name
            assert len(shell) == len(python), recipe.name
            for got, expected in zip(shell, python, strict=True):
                for name, cell in expected.items():
                    assert alike(got[name], cell), (recipe.name, name, got, expected)
            path = stored(content_dir("sql") / "cookbook", number, recipe)
            if "STELLARWH_STORE_RESULTS" in os.environ:
                store(path, shell)
            compare(path, shell)


def store(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {len(rows)} rows\n")
        names = [name for name in (rows[0] if rows else {}) if name not in PASSING]
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(
            [as_text(row[name]) for name in names] for row in rows[:STORED]
        )


def compare(path: Path, rows: list[dict[str, object]]) -> None:
    """Hold a result to the one that is stored, which documentation shows."""
    with path.open(encoding="utf-8", newline="") as file:
        n_rows = int(file.readline().split()[1])
        expected = list(csv.DictReader(file))
    assert n_rows == pytest.approx(len(rows), rel=0.02, abs=1), path.name
    assert len(expected) == min(n_rows, STORED)
    for row, told in zip(rows, expected, strict=False):
        assert set(told) == set(row) - PASSING
        for name, cell in told.items():
            assert nearly(as_text(row[name]), cell), (path.name, name, row, told)


def test_every_recipe_says_what_it_finds_and_orders_its_rows() -> None:
    for recipe in read_cookbook():
        assert recipe.text.endswith("."), recipe.name
        is_one_row = recipe.name in {"star_by_gaia_id", "golden_sample"}
        assert is_one_row or "\norder by" in recipe.sql, recipe.name
        assert recipe.sql.count(";") == 1, recipe.name
        assert not recipe.sql.startswith("--"), recipe.name


def test_what_takes_too_long_is_said_to_and_does_not_keep_others(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = read_cookbook()[:6]
    monkeypatch.setattr("stellarwh.warehouse.cookbook.read_cookbook", lambda: some)
    times = iter(range(10_000))
    with stellarwh.open(chain.warehouse) as wh:
        # The clock goes on a second with each look: all are late at first, and are run
        # when others had their turn.
        served = serve(
            wh.connection, 1e6, quick=0.5, shown=3, clock=lambda: float(next(times))
        )
        late = serve(wh.connection, 0, quick=1, shown=3)
    assert len(served) == len(late) == len(some)
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
