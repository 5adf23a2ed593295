"""What a reader with a browser gets of every page: quiet, offline, light and dark."""

import re
from pathlib import Path

import pytest

from tests.report.browser import Tab
from tests.report.html_checks import pages

# One worker makes the report once.
pytestmark = pytest.mark.xdist_group("report")


def test_the_harness_sees_what_a_page_does_wrong(tab: Tab, tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text(
        "<body data-ready=1><img src=http://127.0.0.1:9/x.png>"
        "<script>console.log('said'); setTimeout(() => nothing())</script>"
    )
    tab.open(page)
    tab.wait("window.performance.now() > 100")
    assert tab.requests == ["http://127.0.0.1:9/x.png"]
    assert any("said" in text for text in tab.console)
    assert any("nothing is not defined" in text for text in tab.console)


def test_every_page_is_quiet_and_asks_for_nothing(tab: Tab, report: Path) -> None:
    for page in pages(report):
        tab.open(page.path)
        dom = tab.evaluate("document.documentElement.outerHTML")
        assert "</footer>" in dom
        drawn = len(re.findall('<svg (?:viewBox|class="bars")', dom))
        assert (page.path.name, drawn) == (page.path.name, len(page.of("svg")))
        assert (page.path.name, tab.console) == (page.path.name, [])
        assert (page.path.name, tab.requests) == (page.path.name, [])


def test_pages_are_for_all_readers(tab: Tab, full_report: Path) -> None:
    """WCAG 2.1 A and AA, contrast among them, in the light and in the dark."""
    axe = pytest.importorskip("axe_core_python", reason="axe-core is not installed")
    script = Path(axe.__file__).with_name("axe.min.js").read_text("utf-8")
    run = (
        "axe.run({{runOnly: {}, resultTypes: ['violations'], selectors: false}}).then("
        "found => found.violations.map(v => [v.id, v.nodes.map(n => "
        "n.html.slice(0, 200))]))"
    )
    whole = run.format("['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']")
    # What else it looks at is the same in the dark.
    colours = run.format(
        "{type: 'rule', values: ['color-contrast', 'link-in-text-block']}"
    )
    tab.open(full_report / "index.html")
    tab.evaluate(f"{script}; 1")
    # It does find what is wrong: a button of no name, in a colour that nobody sees.
    tab.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', "
        "'<button></button><p style=\"color: #ddd; background: #fff\">faint</p>')"
    )
    assert {"button-name", "color-contrast"} <= {v[0] for v in tab.evaluate(whole)}
    assert {"color-contrast"} == {v[0] for v in tab.evaluate(colours)}
    for dark, run in ((False, whole), (True, colours)):
        tab.emulate(dark=dark)
        for page in pages(full_report):
            tab.open(page.path)
            tab.evaluate(f"{script}; 1")
            assert (page.path.name, dark, tab.evaluate(run)) == (
                page.path.name, dark, [],
            )  # fmt: skip


def test_the_reader_chooses_light_or_dark(tab: Tab, full_report: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(252, 252, 250)", "rgb(17, 22, 27)"
    tab.emulate(dark=True)
    tab.open(full_report / "index.html")
    assert tab.evaluate(ground) == dark
    tab.click_on("button.theme")
    assert tab.evaluate(ground) == light
    # The choice goes along to other pages, and is no matter to what is printed.
    tab.open(full_report / "apogee.html")
    assert tab.evaluate(ground) == light
    tab.click_on("button.theme")
    assert tab.evaluate(ground) == dark
    tab.emulate(printed=True)
    assert tab.evaluate(ground) == "rgb(255, 255, 255)"
