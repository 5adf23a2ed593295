"""The page of the lineage: what reads what, and where it stands in the graph."""

from pathlib import Path

import pytest

from stellarwh.report.pages.lineage import anchor_of, layers
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.lineage import render_sql_readme
from stellarwh.warehouse.reads import Made, read_objects
from tests.report.conftest import write_pages
from tests.report.html_checks import Page, check_page

EVIL = "</pre><script>top.x=1</script>"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built warehouse with views of the user's own."""
    path = tmp_path_factory.mktemp("lineage") / "w.duckdb"
    with open_warehouse(path) as connection:
        build_views(connection)
        connection.execute(
            "create view main.mine as select star_id, teff from stars "
            "inner join main.parameters using (star_id);"
            'create view main."my view" as from main.mine; '
            'create view main.last as from "my view" '
            f"where star_id::varchar <> '{EVIL}'; "
            "create table main.lonely (a integer)"
        )
    return path


def test_says_what_the_overview_of_the_sql_says(built: Path) -> None:
    """The arrows of sql/README.md, and what macros read beside them."""
    with open_warehouse(built, read_only=True) as connection:
        made = read_objects(connection)
    arrows = {
        tuple(line.split(" --> "))
        for line in map(str.strip, render_sql_readme().splitlines())
        if " --> " in line
    }
    ours = {(s, n) for n, one in made.items() for s in one.reads if one.is_ours}
    assert arrows <= ours
    assert ("main.stars", "main.parameters") in ours | {
        (s, n) for s, n in arrows if n == "main.parameters"
    }
    # The tables that Python writes are read, too, though the overview names none.
    assert ("ml.predictions", "main.predictions") in ours
    assert ("meta.flag_bits", "staging.apogee") in ours


def test_follows_views_of_ones_own(built: Path) -> None:
    with open_warehouse(built, read_only=True) as connection:
        made = read_objects(connection)
    assert made["main.mine"].reads == ("main.parameters", "main.stars")
    assert made["main.my view"].reads == ("main.mine",)
    assert made["main.last"].reads == ("main.my view",)
    assert made["main.lonely"].reads == ()
    assert not made["main.lonely"].is_ours
    assert made["main.stars"].is_ours


def test_an_object_stands_right_of_all_that_it_reads() -> None:
    def one(name: str, *reads: str) -> Made:
        return Made(name, "view", "", "", (), reads, is_ours=True)

    made = {
        m.name: m
        for m in (
            one("main.d", "main.b", "main.c"),
            one("main.b", "raw.a"),
            one("main.c", "main.b", "ml.e"),
            one("raw.a"),
            one("ml.e"),
            # Views that read each other in a circle must not hang the report.
            one("main.x", "main.y"),
            one("main.y", "main.x"),
        )
    }
    found = layers(made)
    assert found["raw.a"] == 0
    assert (found["main.b"], found["main.c"], found["main.d"]) == (1, 2, 3)
    assert found["ml.e"] == 1  # beside who reads it first


def test_the_page_has_every_object_with_links_and_sql(
    built: Path, tmp_path: Path
) -> None:
    with open_warehouse(built, read_only=True) as connection:
        made = read_objects(connection)
        write_pages(connection, tmp_path, "lineage.html")
    page = Page(tmp_path / "lineage.html")
    check_page(page)
    identifiers = {a.get("id") for a in page.of("details")}
    assert {anchor_of(name) for name in made} == identifiers
    nodes = [a for a in page.of("a") if str(a.get("class")).startswith("node")]
    assert len(nodes) == len(made)
    # The drawn lines are what is said in words.
    lines = {(a["data-from"], a["data-to"]) for a in page.of("path") if "data-to" in a}
    assert lines == {
        (anchor_of(s), anchor_of(n)) for n, m in made.items() for s in m.reads
    }
    assert EVIL in page.text
    assert "teff K," in page.text
    assert "phys.temperature.effective" in page.text
    assert page.path.stat().st_size < 700_000
