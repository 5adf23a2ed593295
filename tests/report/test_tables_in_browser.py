"""Tables sort and are searched; sections stand behind tabs."""

from pathlib import Path

from stellarwh.report.site import environment
from stellarwh.report.tables import Table
from tests.report.browser import Tab
from tests.report.html_checks import SCRIPT, Page

_ROWS = [
    ("alpha", "1,200", "2026-01-10", "900 B"),
    ("beta", "−3 ± 1", "2025-12-31", "2.0 kB"),
    ("gamma", "–", "2026-01-09", "1.5 MB"),
    ("delta", "35.5 %", "–", "10 kB"),
]
_COLUMN = (
    "[...document.querySelectorAll('tbody tr:not(.beyond)')].map(r => r.cells[{}]"
    ".textContent.trim())"
)


def show(tab: Tab, folder: Path, body: str) -> None:
    path = folder / "page.html"
    css = (SCRIPT.parent.parent / "templates/report.css").read_text("utf-8")
    script = SCRIPT.read_text("utf-8")
    path.write_text(
        f"<!doctype html><meta charset=utf-8><style>{css}</style><script>{script}"
        f"</script><body><nav><div class=wrap></div></nav>{body}",
        encoding="utf-8",
    )
    tab.open(path)


def table_html(rows: list[tuple[str, ...]], shown: int = 0) -> str:
    made = Table(("Name", "Value", "Day", "Size"), rows, 1, frozenset({1}))
    parts = environment().get_template("parts.html.j2").module
    return str(parts.table(made, "", shown))  # type: ignore[attr-defined]


def test_a_heading_sorts_by_what_the_cells_mean(tab: Tab, tmp_path: Path) -> None:
    show(tab, tmp_path, table_html(_ROWS))
    names = _COLUMN.format(0)
    for column, upward in (
        (1, ["beta", "delta", "alpha", "gamma"]),  # what is missing comes last
        (2, ["beta", "gamma", "alpha", "delta"]),
        (3, ["alpha", "beta", "delta", "gamma"]),
        (0, ["alpha", "beta", "delta", "gamma"]),
    ):
        tab.click_on(f"th:nth-child({column + 1}) button")
        assert tab.evaluate(names) == upward
        heads = "[...document.querySelectorAll('th[aria-sort]')].map(h => h.ariaSort)"
        assert tab.evaluate(heads) == ["ascending"]
    tab.click_on("th:nth-child(2) button")
    tab.click_on("th:nth-child(2) button")
    assert tab.evaluate(names) == ["alpha", "delta", "beta", "gamma"]
    # A row keeps its mark wherever it goes.
    assert tab.evaluate("document.querySelector('tr.marked').cells[0].innerText") == (
        "beta"
    )
    assert tab.console == []


def test_a_long_table_is_searched_and_opened(tab: Tab, tmp_path: Path) -> None:
    rows = [(f"row {i}", str(i), "", "") for i in range(200)]
    show(tab, tmp_path, table_html(rows, shown=12))
    assert len(tab.evaluate(_COLUMN.format(0))) == 12
    tab.click_on("th:nth-child(2) button")
    tab.click_on("th:nth-child(2) button")
    assert tab.evaluate(_COLUMN.format(1))[:2] == ["199", "198"]  # of all rows
    tab.click_on("input.search")
    tab.write("ROW 19")
    assert sorted(tab.evaluate(_COLUMN.format(1)), key=int) == [
        "19", *(str(i) for i in range(190, 200)),
    ]  # fmt: skip
    said = "document.querySelector('[role=status]').textContent"
    assert tab.evaluate(said) == "11 of 200 rows"
    tab.evaluate("document.querySelector('input.search').value = ''")
    tab.evaluate("document.querySelector('input').dispatchEvent(new Event('input'))")
    tab.click_on("button.more-rows")
    assert len(tab.evaluate(_COLUMN.format(0))) == 200


def test_sections_stand_behind_tabs(tab: Tab, tmp_path: Path) -> None:
    body = (
        "<div data-tabs><section data-tab='One'><p id=one>1</p></section>"
        "<section data-tab='<b>Two'><p id=two>2</p></section></div>"
    )
    show(tab, tmp_path, body)
    seen = "[...document.querySelectorAll('section p')].filter(p => p.offsetParent)"
    seen += ".map(p => p.id)"
    assert tab.evaluate(seen) == ["one"]
    tab.click_on("[role=tab]:nth-child(2)")
    assert tab.evaluate(seen) == ["two"]
    assert tab.evaluate("document.querySelectorAll('.tabs b').length") == 0
    tab.key("ArrowRight")
    assert tab.evaluate(seen) == ["one"]
    tab.evaluate("location.hash = 'two'")
    tab.wait(f"String({seen}) == 'two'")
    tab.emulate(printed=True)
    assert tab.evaluate(seen) == ["one", "two"]


def test_all_rows_are_there_without_the_script(full_report: Path) -> None:
    html = Page(full_report / "scale.html").html
    assert "data-sortable" in html
    assert "beyond" not in html.split("</script>", 1)[1]
