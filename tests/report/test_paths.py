"""A reader who clicks through the report, and names that run from right to left."""

import json
from pathlib import Path

import polars as pl
import pytest

from stellarwh.content import content_dir
from stellarwh.ingest import ingest_survey
from stellarwh.report import write_report
from stellarwh.warehouse.database import open_warehouse
from tests.report.browser import Tab
from tests.report.conftest import standin
from tests.report.html_checks import pages

# One worker makes the report once.
pytestmark = pytest.mark.xdist_group("report")

HERE = "location.pathname.split('/').pop()"


def test_every_page_is_reached_by_clicks(tab: Tab, full_report: Path) -> None:
    names = {page.path.name for page in pages(full_report)}
    tab.open(full_report / "index.html")
    reached = {"index.html"}
    for name in sorted(names - {"index.html"}):
        link = f'nav a[href="{name}"]'
        if not tab.evaluate(f"!!document.querySelector({json.dumps(link)})"):
            continue  # an earlier run, which is linked from its task's page alone
        tab.click_on(link)
        tab.wait(f"{HERE} === {json.dumps(name)} && document.body?.dataset.ready")
        assert tab.evaluate(
            "document.querySelector('nav [aria-current]').href"
        ).endswith(name)
        assert tab.evaluate("document.querySelectorAll('h1').length") == 1
        reached.add(name)
    assert len(reached) > 8
    for name in names - reached:
        assert name.startswith("run-")
    tab.click_on("nav a.brand")
    tab.wait(f"{HERE} === 'index.html' && document.body?.dataset.ready")
    first = "table.glance tbody a"
    wanted = tab.evaluate(f"document.querySelector('{first}').getAttribute('href')")
    tab.click_on(first)
    tab.wait(f"{HERE} === {json.dumps(wanted)} && document.body?.dataset.ready")


def test_a_click_in_the_lineage_opens_what_it_is_of(
    tab: Tab, full_report: Path, tmp_path: Path
) -> None:
    with standin(tmp_path / "same.duckdb") as connection:
        name = connection.execute(
            "select schema_name || '.' || view_name from duckdb_views() "
            "where schema_name = 'main' and not internal order by view_name limit 1"
        ).fetchall()[0][0]
    sql = (content_dir("sql") / "marts" / f"{name.split('.')[1]}.sql").read_text()
    tab.size(1280)
    tab.open(full_report / "lineage.html")
    node = f'a.node[title="{name}"]'
    tab.click_on(node)
    anchor = tab.evaluate(f"document.querySelector('{node}').hash.slice(1)")
    tab.wait(f"location.hash === '#{anchor}'")
    opened = f"document.getElementById({json.dumps(anchor)})"
    assert tab.evaluate(f"{opened}.open ?? true")
    box = tab.evaluate(f"{opened}.getBoundingClientRect().top")
    assert 0 <= box < 900
    text = tab.evaluate(f"{opened}.textContent")
    assert "".join(sql.split())[-200:] in "".join(text.split())


def test_every_verdict_is_seen(tab: Tab, full_report: Path) -> None:
    """Also those that are neither good nor bad, as that files are simulated."""
    for width, phone in ((1280, False), (360, True)):
        tab.size(width, phone=phone)
        tab.open(full_report / "index.html")
        verdicts = tab.evaluate(
            "[...document.querySelectorAll('.verdicts li')].map(li => "
            "[li.querySelector('.what').textContent, li.className, "
            "li.getBoundingClientRect().width, li.getBoundingClientRect().height])"
        )
        assert {"Files", "Build", "Checks"} <= {name for name, *_ in verdicts}
        assert {state for _, state, *_ in verdicts} <= {"good", "bad", "neutral"}
        assert "neutral" in {state for _, state, *_ in verdicts}
        for name, _, wide, high in verdicts:
            assert (name, wide > 100, high > 40) == (name, True, True)


def test_names_from_right_to_left_leave_what_stands_beside_them(
    tab: Tab, tmp_path: Path
) -> None:
    hebrew = "\u05db\u05d5\u05db\u05d1\u05d9\u05dd"
    file = tmp_path / f"{hebrew} 2026.csv"
    pl.DataFrame({"ra": [1.0, 2.0], "dec": [1.0, 2.0], hebrew: [5, 7]}).write_csv(file)
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        ingest_survey(connection, "mine", file, ra="ra", dec="dec", epoch=2000)
        write_report(connection, tmp_path / "reports")
    for page in pages(tmp_path / "reports"):
        tab.open(page.path)
        # Each sign of such a name stands in an element that is apart from its sentence.
        loose = tab.evaluate(
            """(() => {
              const walk = document.createTreeWalker(
                document.body, NodeFilter.SHOW_TEXT)
              const found = []
              for (let node = walk.nextNode(); node; node = walk.nextNode()) {
                if (!/[\\u0590-\\u05ff]/.test(node.textContent)) continue
                const of = node.parentElement
                if (of.closest("script, style, title, pre, svg, option")) continue
                const whole = of.closest("td, th, bdi, h1, summary")
                if (!whole) found.push(of.outerHTML.slice(0, 200))
              }
              return found
            })()"""
        )
        assert (page.path.name, loose) == (page.path.name, [])
    # What follows the name in the sentence is at its right.
    tab.open(tmp_path / "reports" / "index.html")
    places = tab.evaluate(
        """(() => {
          const bdi = [...document.querySelectorAll("footer bdi")].find(
            (one) => /[\\u0590-\\u05ff]/.test(one.textContent))
          const range = document.createRange()
          range.setStart(bdi.nextSibling, 0)
          range.setEnd(bdi.nextSibling, 3)
          return [bdi.getBoundingClientRect().right, range.getBoundingClientRect().left]
        })()"""
    )
    assert places[1] == pytest.approx(places[0], abs=2)
