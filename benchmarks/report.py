"""The linked diagrams of a report at a million stars, and what a report takes.

``make bench-report`` makes up a million stars, counts them in cells, puts them into a
page and lets a headless Chromium open it from the disk: milliseconds until it is ready,
and of an answer to a selection (median of 20). ``--prototype FOLDER`` does the same
with a page of one cube (Kiel diagram and sky alone) by that folder's ``main.js``.
``--warehouse FILE`` writes the report of a warehouse and prints what that took.
"""

import argparse
import base64
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from measure import measure_process

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from stellarwh.report.cube.coding import varints  # noqa: E402
from stellarwh.report.cube.cubes import cubes_of  # noqa: E402
from stellarwh.report.cube.stars import read_stars  # noqa: E402
from stellarwh.report.pages.linked import json_of, notes_of  # noqa: E402
from tests.report.browser import Browser, Tab  # noqa: E402

BRUSHES = 20
MADE_UP = """
create table main.stars as
select
    i as star_id,
    (hash(i) % 3458764513820540928)::bigint as healpix,
    [['lamost'], ['lamost'], ['lamost'], ['apogee'], ['galah'], ['apogee', 'lamost']]
        [(1 + hash(i, 1) % 6)::bigint] as surveys
from range($stars) as r(i);

create table main.parameters as
with drawn as (
    select
        i as star_id,
        sqrt(-2 * ln(random() + 1e-12)) * cos(2 * pi() * random()) as a,
        sqrt(-2 * ln(random() + 1e-12)) * cos(2 * pi() * random()) as b,
        sqrt(-2 * ln(random() + 1e-12)) * cos(2 * pi() * random()) as c,
        random() as u,
        random() as v
    from range($stars) as r(i)
)
select
    star_id,
    case when v < 0.4 then 5200 - 1500 * u else 4300 + 2800 * u * u end
        + 90 * a as teff,
    case when v < 0.4 then 3.6 - 3.2 * u else 4.7 - 0.8 * u * u end + 0.12 * b as logg,
    -0.2 - 0.35 * abs(c) + 0.15 * a as fe_h,
    case when u < 0.9 then case when v < 0.3 then 0.25 else 0.05 end + 0.04 * b end
        as alpha_fe
from drawn;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=1_000_000)
    parser.add_argument("--prototype", type=Path)
    parser.add_argument("--warehouse", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        lines = linked(folder, options.stars, options.prototype)
        if options.warehouse:
            lines.append(report(options.warehouse, folder / "reports"))
    print("\n".join(lines))


def linked(folder: Path, stars: int, prototype: Path | None) -> list[str]:
    """Time the page of made-up stars, and the prototype's beside it."""
    with duckdb.connect() as connection:  # noqa: TID251 - no warehouse
        for statement in MADE_UP.split(";\n")[:2]:
            connection.execute(statement, {"stars": stars})
        read = read_stars(connection, "main.parameters")
        data = cubes_of(read)
        old = prototype_cube(connection) if prototype else {}
    page = folder / "linked.html"
    page.write_text(page_of(data), encoding="utf-8")
    pages = [("linked diagrams", page)]
    if prototype:
        pages.append(("prototype, one cube", prototype_page(prototype, folder, old)))
    lines = [
        f"{stars:,} made-up stars; cells: sky of order {data['order']}, "
        f"{data['axes']['teff']['num']} K",
        "",
        "| page | kB | ready, ms | a selection, ms (median of 20) |",
        "|---|---|---|---|",
    ]
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    browser = Browser(chromium, folder / "profile")
    try:
        for name, path in pages:
            tab = browser.tab()
            tab.open(path)
            ready, brush = timed(tab)
            size = path.stat().st_size / 1000
            lines.append(f"| {name} | {size:.0f} | {ready:.0f} | {brush:.1f} |")
            tab.close()
    finally:
        browser.close()
    return lines


def page_of(data: dict[str, Any]) -> str:
    """Return a page with linked diagrams alone."""
    css = (REPOSITORY / "stellarwh/report/templates/report.css").read_text("utf-8")
    script = (REPOSITORY / "stellarwh/report/static/report.js").read_text("utf-8")
    names = {"names": data["surveys"], "notes": notes_of(data)}
    return (
        f"<!doctype html><meta charset=utf-8><style>{css}</style>"
        f"<script>{script}</script><main class=wrap><section class=linked data-linked>"
        f'<script type="application/json">{json_of(data | names)}</script></section>'
    )


def timed(tab: Tab) -> tuple[float, float]:
    """Return milliseconds until the page was ready, and of an answer."""
    if tab.evaluate("Boolean(window.stellarwh)"):
        ready = tab.evaluate("window.stellarwh.readyMs")
        times = []
        for i in range(BRUSHES):
            low = 4000 + 200 * (i % 5)
            region = f"kiel={low},{low + 1200},{1 + i % 3}.00,{4 + i % 2}.00"
            tab.evaluate(f"location.hash = '{region}'")
            tab.evaluate("new Promise(r => setTimeout(r, 60))")
            times.append(
                float(tab.evaluate("document.querySelector('.linked').dataset.ms"))
            )
        return ready, statistics.median(times)
    answers = [tab.evaluate("window.__test()") for _ in range(BRUSHES)]
    return answers[0][0], statistics.median(answer[1] for answer in answers)


def prototype_cube(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the prototype's counts: cells of 50 K and 0.08, sky of order 4."""
    rows = connection.execute(
        "select floor((8000 - teff) / 50)::bigint + 100 * floor((logg + 0.5) / 0.08)"
        "::bigint as kiel, healpix >> 50 as cell, count(*) as n "
        "from main.stars inner join main.parameters using (star_id) "
        "where teff between 3001 and 7999 and logg between -0.49 and 5.49 "
        "group by all order by all"
    ).fetchnumpy()
    keys = rows["kiel"] * (12 * 4**4) + rows["cell"]
    packed = zlib.compress(
        varints(np.diff(keys, prepend=0)) + varints(rows["n"].astype(np.int64)), 9
    )
    cells = np.unique(rows["cell"])
    side = 0.06
    # Squares about the middles: as many corners to draw as its own outlines have.
    middles = np.random.default_rng(0).uniform(-1, 1, (cells.size, 2)) * 1.0
    corners = np.array(
        [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]]
    )
    outlines = (middles[:, None, :] + side * corners[None]) * 2000
    return {
        "n": int(rows["n"].sum()), "cells": int(keys.size), "NX": 100, "NY": 75, "O": 4,
        "cube": base64.b64encode(packed).decode(),
        "sky": [[int(cell), 1] for cell in cells],
        "poly": outlines.reshape(cells.size, -1).round().astype(int).tolist(),
    }  # fmt: skip


def prototype_page(prototype: Path, folder: Path, data: dict[str, Any]) -> Path:
    """Bundle the prototype's script and write its page."""
    modules = REPOSITORY / "js/node_modules"
    subprocess.run(
        [
            modules / ".bin/esbuild", prototype / "main.js", "--bundle", "--minify",
            f"--outfile={folder / 'report.js'}", "--log-level=error",
        ],
        env=os.environ | {"NODE_PATH": str(modules)}, check=True,
    )  # fmt: skip
    text = (prototype / "page.html.tmpl").read_text("utf-8")
    script = (folder / "report.js").read_text("utf-8")
    text = text.replace("@@DATA@@", json.dumps(data, separators=(",", ":")))
    text = text.replace(
        '<script src="report.js"></script>', f"<script>{script}</script>"
    )
    path = folder / "prototype.html"
    path.write_text(text, encoding="utf-8")
    return path


def report(warehouse: Path, out: Path) -> str:
    """Write the report of a warehouse; return what that took."""
    found = measure_process(
        [sys.executable, "-m", "stellarwh", "--warehouse", str(warehouse), "report",
         "--out", str(out)]
    )  # fmt: skip
    if found.status:
        return f"\n`stellarwh report` failed: {found.processor:.1f} s of processor"
    pages = sorted(out.glob("*.html"), key=lambda path: -path.stat().st_size)
    largest = (
        f"{pages[0].name} {pages[0].stat().st_size / 1000:.0f} kB" if pages else ""
    )
    return (
        f"\n`stellarwh report`, {len(pages)} pages, the largest {largest}: "
        f"{found.processor:.1f} s of processor, {found.peak_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
