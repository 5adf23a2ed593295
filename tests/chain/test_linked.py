"""The linked diagrams of the overview: what they count is what DuckDB counts."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.chain.conftest import Chain
from tests.report.browser import Tab

Ask = Callable[[str], int]
JOINED = (
    "select count(*) from main.stars as stars "
    "left join main.parameters as parameters using (star_id)"
)


@pytest.fixture(scope="module")
def ask(chain: Chain) -> Ask:
    """Return what counts by a query."""

    def count(sql: str) -> int:
        with duckdb.connect(chain.warehouse, read_only=True) as connection:  # noqa: TID251 - as a user would
            ((n,),) = connection.execute(sql).fetchall()
        return int(n)

    return count


@pytest.fixture
def page(tab: Tab, chain: Chain) -> Tab:
    tab.open(chain.reports / "index.html")
    return tab


def settle(page: Tab) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate(
        "new Promise(r => requestAnimationFrame(() => setTimeout(() => r(1))))"
    )


def count(page: Tab) -> int:
    settle(page)
    return int(page.evaluate("document.querySelector('[data-linked]').dataset.count"))


def sql(page: Tab) -> str:
    return str(page.evaluate("document.querySelector('.linked-sql code').textContent"))


def number_shown(page: Tab) -> str:
    return str(
        page.evaluate("document.querySelector('.linked-count strong').textContent")
    )


def drag(
    page: Tab, view: str, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Drag over a diagram, from one share of its width and height to another."""
    x, y, width, height = page.box(f".view-{view} .view-overlay")
    page.drag(
        (x + start[0] * width, y + start[1] * height),
        (x + end[0] * width, y + end[1] * height),
    )
    settle(page)


def test_says_all_stars_at_first(page: Tab, ask: Ask) -> None:
    assert count(page) == ask("select count(*) from main.stars")
    assert ask(sql(page)) == count(page)
    assert page.console == []
    assert page.requests == []
    assert page.evaluate("document.querySelector('[data-fallback]').hidden")


@pytest.mark.parametrize(
    ("view", "start", "end"),
    [
        ("kiel", (0.55, 0.15), (0.8, 0.5)),
        ("kiel", (0.95, 0.9), (0.3, 0.6)),
        ("chemistry", (0.3, 0.2), (0.62, 0.5)),
        ("chemistry", (0.5, 0.45), (1.2, 1.4)),
        ("metallicity", (0.2, 0.5), (0.7, 0.6)),
        ("sky", (0.3, 0.3), (0.55, 0.7)),
        ("sky", (0.0, 0.0), (0.2, 0.9)),
    ],
)
def test_the_sql_of_a_brush_counts_the_same(
    page: Tab, ask: Ask, chain: Chain, view: str, start: tuple[float, float],
    end: tuple[float, float],
) -> None:  # fmt: skip
    drag(page, view, start, end)
    n = count(page)
    assert 0 < n < ask("select count(*) from main.stars")
    assert ask(sql(page)) == n == in_shell(sql(page), chain)
    assert number_shown(page) == f"{n:,}"
    # The values are those of main.parameters.
    source = "scale.star_parameters as parameters"
    if view != "sky":
        assert source in sql(page)
        again = sql(page).replace(source, "main.parameters as parameters")
        assert ask(again) == n


def in_shell(text: str, chain: Chain) -> int:
    """Count in the released shell."""
    shell = Path(sys.executable).with_name("duckdb")
    if not shell.exists():
        pytest.skip("the released shell is not installed")
    said = subprocess.run(
        [shell, "-readonly", "-csv", "-noheader", str(chain.warehouse)],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(said.stdout)


def test_all_others_answer(page: Tab, ask: Ask) -> None:
    page.evaluate("location.hash = 'kiel=4500,5000,1.50,3.00'")
    assert count(page) > 0
    condition = "teff >= 4500 and teff < 5000 and logg >= 1.5 and logg < 3"
    assert count(page) == ask(f"{JOINED} where {condition}")
    # The bar under the pointer, and the cell of [alpha/Fe] and [Fe/H] that is fullest.
    x, y, width, height = page.box(".view-metallicity .view-overlay")
    for share in (0.6, 0.75, 0.9):
        page.move(x + share * width, y + height / 2)
        told = page.evaluate("document.querySelector('.linked-tip').innerText")
        low, high = (v.replace("−", "-") for v in re.findall(r"−?\d+\.\d+", told)[:2])
        selected, all_of_it = re.findall(r"([\d,]+)(?: of ([\d,]+))? stars", told)[-1]
        bar = f"fe_h >= {low} and fe_h < {high}"
        assert int(selected.replace(",", "")) == ask(
            f"{JOINED} where {condition} and {bar}"
        )
        if all_of_it:
            assert int(all_of_it.replace(",", "")) == ask(f"{JOINED} where {bar}")


def test_the_sky_tells_its_cells(page: Tab, ask: Ask) -> None:
    page.click_on('[data-system="equatorial"]')
    x, y, width, height = page.box(".view-sky .view-overlay")
    asked = 0
    for i in range(40):
        page.move(x + (0.3 + i / 100) * width, y + 0.45 * height)
        told = page.evaluate(
            "(t => t.hidden ? '' : t.innerText)(document.querySelector('.linked-tip'))"
        )
        found = re.search(r"cell ([\d,]+) of order (\d)\s+([\d,]+) star", told)
        if not found:
            continue
        cell, order, n = (int(v.replace(",", "")) for v in found.groups())
        where = f"healpix_parent(29, healpix, {order}) = {cell}"
        assert n == ask(f"select count(*) from main.stars where {where}")
        # It lies under the pointer: where the projection says.
        lon, lat = (
            float(v.replace("−", "-")) for v in re.findall(r"(−?[\d.]+)°", told)
        )
        centre = ask(
            f"select round(1e6 * angular_separation(c.ra, c.dec, {lon}, {lat})) from "
            f"(select unnest(healpix_to_radec({order}, {cell}))) as c"
        )
        assert centre < 1e6 * 3600 * 0.1
        asked += 1
    assert asked > 3


@pytest.mark.parametrize(
    "link",
    [
        "metallicity=5,-5&surveys=nope",
        "metallicity=0.1,0.1",
        "metallicity=40,50",
        "kiel=5000,4500,1.50,3.00",
        "kiel=words,and,more,words",
        "surveys=nope,neither",
    ],
)
def test_a_link_that_selects_nothing_that_is_here_leaves_all(
    page: Tab, ask: Ask, link: str
) -> None:
    page.evaluate(f"location.hash = '{link}'")
    assert count(page) == ask("select count(*) from main.stars")


def test_surveys_can_be_left_out(page: Tab, ask: Ask, chain: Chain) -> None:
    page.evaluate("location.hash = 'kiel=4000,5000,1.00,3.00'")
    page.click_on(".linked-surveys input")  # APOGEE
    n = count(page)
    assert n == ask(
        f"{JOINED} where teff >= 4000 and teff < 5000 and logg >= 1 and logg < 3 "
        "and list_has_any(surveys, ['galah', 'lamost'])"
    )
    assert ask(sql(page)) == n == in_shell(sql(page), chain)
    for box in (2, 3):
        page.click_on(f".linked-surveys label:nth-of-type({box}) input")
    assert count(page) == 0 == ask(sql(page))


def test_keys_select_move_and_clear(page: Tab, ask: Ask) -> None:
    overlay = ".view-kiel .view-overlay"
    page.evaluate(f"document.querySelector('{overlay}').focus()")
    page.key("Enter")
    first = count(page)
    where = page.evaluate("location.hash")
    assert where.startswith("#kiel=")
    assert ask(sql(page)) == first > 0
    page.key("ArrowLeft", "ArrowUp")
    assert count(page) == ask(sql(page))
    assert page.evaluate("location.hash") != where
    page.key("ArrowRight", "ArrowDown")
    assert (count(page), page.evaluate("location.hash")) == (first, where)
    page.key("ArrowLeft", shift=True)
    # Towards hotter stars, which the axis has on the left.
    assert count(page) == ask(sql(page)) >= first
    said = page.evaluate(
        "document.querySelector('.linked-head [role=status]').textContent"
    )
    assert said.startswith(f"{count(page):,} of ")
    assert "Teff" in said
    page.key("Escape")
    assert count(page) == ask("select count(*) from main.stars")
    assert "=" not in page.evaluate("location.hash")


def test_a_selection_is_moved_and_resized(page: Tab, ask: Ask) -> None:
    drag(page, "kiel", (0.5, 0.3), (0.7, 0.6))
    one = page.evaluate("location.hash")
    drag(page, "kiel", (0.6, 0.45), (0.5, 0.55))
    two = page.evaluate("location.hash")

    def size(text: str) -> list[float]:
        a, b, c, d = map(float, text.split("=")[1].split(","))
        return [round(b - a, 4), round(d - c, 4)]

    assert one != two
    assert size(one) == size(two)
    assert count(page) == ask(sql(page))
    drag(page, "kiel", (0.05, 0.05), (0.05, 0.05))  # a click beside it
    assert count(page) == ask("select count(*) from main.stars")


def test_a_link_brings_the_same_selection(page: Tab, chain: Chain, ask: Ask) -> None:
    page.click_on('[data-system="equatorial"]')
    drag(page, "sky", (0.4, 0.3), (0.6, 0.6))
    page.click_on(".linked-surveys input")
    n, anchor = count(page), page.evaluate("location.hash")[1:]
    page.open(chain.reports / "index.html")
    assert count(page) != n
    page.command("Page.navigate", url="about:blank")
    page.open(chain.reports / "index.html", anchor)
    assert count(page) == n == ask(sql(page))
    assert page.evaluate(
        "document.querySelector('[data-system=equatorial]').getAttribute('aria-pressed')"
    ) == "true"  # fmt: skip
    # What is no selection is left alone, and no error.
    for nonsense in ("kiel=a,b,c,d", "sky=1", "kiel=", "x=%00&surveys=nobody", "sets"):
        page.command("Page.navigate", url="about:blank")
        page.open(chain.reports / "index.html", nonsense)
        assert ask(sql(page)) == count(page)
        assert page.console == []


def test_copies_the_sql(page: Tab) -> None:
    drag(page, "metallicity", (0.5, 0.5), (0.8, 0.5))
    page.evaluate("document.querySelector('.linked-sql').open = true")
    page.evaluate(
        "navigator.clipboard.writeText = async text => { window.copied = text }"
    )
    page.click_on(".linked-sql button")
    assert page.wait("window.copied") == sql(page)


def test_fits_a_phone_and_both_themes(page: Tab) -> None:
    def pixel() -> list[int]:
        found: list[int] = page.evaluate(
            "(c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height)"
            ".data; const seen = new Set(); for (let i = 0; i < d.length; i += 4) "
            "if (d[i + 3]) seen.add(d[i] + d[i + 1] + d[i + 2]); "
            "return [Math.min(...seen), Math.max(...seen), seen.size] })"
            "(document.querySelector('.view-kiel canvas'))"
        )
        return found

    light = pixel()
    page.click_on("button.theme")
    count(page)
    dark = pixel()
    assert light != dark
    assert min(light[2], dark[2]) > 20
    page.phone()
    count(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(
        "document.querySelector('.view-sky canvas').getBoundingClientRect().width"
    ) <= 330  # fmt: skip


def test_without_javascript_the_diagrams_are_drawings(tab: Tab, chain: Chain) -> None:
    tab.command("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(chain.reports / "index.html", ready=False)
    tab.wait("document.readyState == 'complete'")
    assert tab.evaluate("document.querySelectorAll('[data-fallback] svg').length") == 2
    assert tab.evaluate("document.querySelector('[data-fallback]').hidden") is False
