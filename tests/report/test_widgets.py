"""Figures answer: what they tell is what the warehouse has."""

import base64
import csv
import json
import re
import zlib
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from stellarwh.warehouse.database import open_warehouse
from tests.report.browser import Tab

# One worker makes the report once.
pytestmark = pytest.mark.xdist_group("report")

_FIGURE = re.compile(r'<figure id="([^"]+)" data-figure.*?</figure>', re.DOTALL)


def figures_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the figures of a page carry, by their identifiers."""
    found = {}
    for match in _FIGURE.finditer(path.read_text("utf-8")):
        packed = re.search(r'\{"packed":"([^"]+)"\}', match[0])
        assert packed, match[1]
        told = json.loads(zlib.decompress(base64.b64decode(packed[1])))
        sql = re.search(r'<pre tabindex="0">(.*?)</pre>', match[0], re.DOTALL)
        found[match[1]] = told | {"sql": unescape(sql[1]) if sql else ""}
    return found


def column(table: dict[str, Any], name: str) -> list[Any]:
    place = [c["name"] for c in table["columns"]].index(name)
    values = table["rows"][place]
    return values if isinstance(values, list) else [values["all"]] * values["n"]


def cell_on_screen(
    tab: Tab, figure: str, panel: dict[str, Any], i: int, j: int
) -> tuple[float, float]:
    """Return where the middle of a cell is on the screen."""
    x, y, width, height = tab.box(f"#{figure} svg")
    view = tab.evaluate(
        f"document.querySelector('#{figure} svg').viewBox.baseVal.width"
    )
    x_low, x_high, nx, y_low, y_high, ny = panel["marks"][0]["cells"]
    part = []
    for axis, low, high, n, place in (
        ("x", x_low, x_high, nx, i),
        ("y", y_low, y_high, ny, j),
    ):
        start, end = panel[axis]["domain"]
        value = low + (high - low) * (place + 0.5) / n
        part.append((value - start) / (end - start))
    x0, y0, x1, y1 = panel["box"]
    unit = width / view
    assert height > 10
    return (
        x + unit * (x0 + part[0] * (x1 - x0)),
        y + unit * (y1 - part[1] * (y1 - y0)),
    )


def test_every_figure_carries_its_rows_and_the_sql_that_gives_them(
    full_report: Path,
) -> None:
    counted = 0
    with open_warehouse(full_report.parent / "full.duckdb", read_only=True) as w:
        for page in sorted(full_report.glob("*.html")):
            if page.name == "run-apogee-from-photometry-20260101T000000.html":
                continue
            # The graph of the lineage is no figure of rows.
            drawn = page.read_text("utf-8").count("data-figure>")
            zooming = page.read_text("utf-8").count("data-figure data-zooms")
            classed = page.read_text("utf-8").count("data-figure class")
            assert drawn + zooming + classed == len(figures_of(page))
            for name, told in figures_of(page).items():
                assert told["panels"], (page.name, name)
                for panel in told["panels"]:
                    x0, y0, x1, y1 = panel["box"]
                    assert x0 < x1
                    assert y0 < y1
                    for marks in panel["marks"]:
                        places = zip(
                            marks.get("x", []), marks.get("y", []), strict=True
                        )
                        for x, y in places:
                            assert x is None or x0 - 0.1 <= x <= x1 + 0.1, name
                            assert y is None or y0 - 0.1 <= y <= y1 + 0.1, name
                assert told["sql"].strip(), (page.name, name)
                statements = [s for s in told["sql"].split(";\n") if s.strip()]
                if len(statements) == len(told["tables"]):
                    for sql, table in zip(statements, told["tables"], strict=True):
                        rows = w.execute(sql).fetchall()
                        n = len(column(table, table["columns"][0]["name"]))
                        assert len(rows) == n, (page.name, name)
                        counted += 1
    assert counted > 20


def test_a_cell_tells_what_the_warehouse_has(tab: Tab, full_report: Path) -> None:
    page = full_report / "apogee.html"
    told = figures_of(page)["figure-kiel"]
    table = told["tables"][0]
    counts = column(table, "n")
    fullest = counts.index(max(counts))
    i, j = (column(table, name)[fullest] for name in ("x_cell", "y_cell"))
    tab.open(page)
    for panel in told["panels"]:  # the density, and the mean
        tab.move(*cell_on_screen(tab, "figure-kiel", panel, i, j))
        tip = tab.wait("document.querySelector('.tip:not([hidden])')?.textContent")
        assert re.search(rf"stars{max(counts):,}(?!\d)", tip)
        assert "Teff" in tip
        assert "Mean [Fe/H]" in tip
        x_low, x_high, nx, *_ = panel["marks"][0]["cells"]
        low = x_low + (x_high - x_low) * i / nx
        assert f"{low:,.0f}" in tip
    with open_warehouse(full_report.parent / "full.duckdb", read_only=True) as w:
        rows = w.sql(told["sql"].rstrip().rstrip(";")).aggregate("max(n)").fetchall()
    assert rows == [(max(counts),)]
    assert tab.console == []


def test_keys_walk_the_marks_and_are_told_aloud(tab: Tab, full_report: Path) -> None:
    page = full_report / "index.html"
    told = figures_of(page)["figure-sets"]
    reasons, n = (column(told["tables"][0], name) for name in ("surveys", "n"))
    tab.open(page)
    tab.evaluate("document.querySelector('#figure-sets .plot').focus()")
    said = "document.querySelector('#figure-sets [role=status]').textContent"
    tab.key("ArrowDown")
    tab.wait(f"{said}.includes({json.dumps(reasons[0])})")
    assert f"{n[0]:,}" in tab.evaluate(said)
    tab.key("ArrowDown")
    tab.wait(f"{said}.includes({json.dumps(reasons[1])})")
    tab.key("Escape")
    assert tab.evaluate("document.querySelector('.tip').hidden")


def test_a_plane_is_looked_at_more_closely(tab: Tab, full_report: Path) -> None:
    page = full_report / "apogee.html"
    told = figures_of(page)["figure-kiel"]
    table, panel = told["tables"][0], told["panels"][0]
    counts = column(table, "n")
    fullest = counts.index(max(counts))
    i, j = (column(table, name)[fullest] for name in ("x_cell", "y_cell"))
    tab.open(page)
    x, y = cell_on_screen(tab, "figure-kiel", panel, i, j)
    tab.drag((x - 30, y - 20), (x + 30, y + 20))
    ticks = "[...document.querySelectorAll('#figure-kiel .ticks text')]"
    tab.wait(f"{ticks}.length")
    # Both panels go together, and the middle of the box is the middle of the axes.
    assert tab.evaluate("document.querySelectorAll('#figure-kiel .moved').length") == 2
    _, top, width, _ = tab.box("#figure-kiel svg")
    left = tab.box("#figure-kiel svg")[0]
    x0, y0, x1, y1 = panel["box"]
    unit = width / 763.2
    tab.move(left + unit * (x0 + x1) / 2, top + unit * (y0 + y1) / 2)
    tip = tab.wait("document.querySelector('.tip:not([hidden])')?.textContent")
    assert re.search(rf"stars{max(counts):,}(?!\d)", tip)
    tab.click_on("#figure-kiel button[aria-label='Show all of the figure']")
    tab.wait(f"!{ticks}.length")


def test_rows_and_drawing_are_saved(
    tab: Tab, full_report: Path, tmp_path: Path
) -> None:
    page = full_report / "apogee.html"
    told = figures_of(page)["figure-rejections"]
    tab.open(page)
    tools = "#figure-rejections button"
    file = tab.download(f"{tools}[aria-label='Save the rows as CSV']", tmp_path / "c")
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert [row["reason"] for row in rows] == column(told["tables"][0], "reason")
    assert [int(row["n"]) for row in rows] == column(told["tables"][0], "n")
    svg = tab.download(f"{tools}[aria-label='Save the drawing as SVG']", tmp_path / "s")
    text = svg.read_text("utf-8")
    assert ElementTree.parse(svg).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in text
    assert "#b3441e" in text  # the warning of light pages
    assert tab.console == []


@pytest.mark.parametrize("name", ["apogee.html", "index.html", "scale.html"])
def test_a_phone_shows_all_within_its_width(
    tab: Tab, full_report: Path, name: str
) -> None:
    tab.phone()
    tab.open(full_report / name)
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    out = (
        "[...document.querySelectorAll('figcaption, figure.fits svg, .tools')].filter("
        "e => e.getBoundingClientRect().right > 360).length"
    )
    assert tab.evaluate(out) == 0
