"""The report of the demo: the real views, not a stand-in."""

from tests.chain.conftest import Chain
from tests.report.browser import Tab
from tests.report.html_checks import Page, check_page, pages

# One worker makes the folder's slow fixtures once (``--dist loadgroup``).

EXPECTED = {
    "index.html",
    "apogee.html",
    "checks.html",
    "cookbook.html",
    "lineage.html",
    "galah.html",
    "lamost.html",
    "scale.html",
    "overlap-apogee-galah.html",
    "overlap-apogee-lamost.html",
    "overlap-galah-lamost.html",
    "run-apogee-from-any.html",
    "run-apogee-from-galah.html",
    "run-apogee-from-lamost.html",
    "run-apogee-from-lamost-indices.html",
    "run-apogee-from-photometry.html",
    "run-evolutionary-stage.html",
    "run-luminosity-class.html",
    "run-spectral-type.html",
    "spectra.html",
}


def test_demo_report_is_complete_and_says_that_it_is_simulated(chain: Chain) -> None:
    found = pages(chain.reports)
    assert {page.path.name for page in found} == EXPECTED
    for page in found:
        check_page(page)
        assert "SIMULATED DATA" in page.title
        if page.path.name.startswith("run-"):
            assert "in 90 %" in page.text.lower()
            assert len(page.of("svg")) >= 3


def test_the_demo_shows_the_scale_that_it_calibrated(chain: Chain) -> None:
    text = Page(chain.reports / "scale.html").text
    assert "Surveys on the scale of APOGEE: fitted to" in text
    assert "Are the errors honest?" in text
    assert "GALAH − APOGEE, here and as published" in text
    assert "no test of the published numbers" in text
    assert "Stale" not in text


def test_a_browser_shows_the_demo_report_without_complaint(
    chain: Chain, tab: Tab
) -> None:
    for page in pages(chain.reports):
        tab.open(page.path)
        assert tab.console == []
        dom = tab.evaluate("document.documentElement.outerHTML")
        # Linked diagrams are drawn by the page itself, beside what is in it.
        if page.path.name == "index.html":
            assert dom.count("<svg") > len(page.of("svg"))
        else:
            assert dom.count("<svg") == len(page.of("svg"))


def test_the_demo_shows_its_checks(chain: Chain) -> None:
    page = Page(chain.reports / "checks.html")
    assert "0 failed" in page.text
    assert "healpix_agrees_with_the_position" in page.html
    assert page.html.count('class="check"') > 100
