"""The page, in a browser."""

import pytest

from tests.serve.conftest import GROUP

pytestmark = GROUP
READY = "document.querySelectorAll('#tables details').length > 10"
STARS = "document.querySelector('[data-name=\"main.stars\"]')"


@pytest.fixture
def page(tab, service):
    tab.command("Page.navigate", url=f"{service.url}/")
    tab.wait(f"document.readyState === 'complete' && {READY}")
    return tab


def text(tab, name):
    return tab.evaluate(f"document.getElementById('{name}').textContent")


def ask(tab, query):
    tab.evaluate(f"document.getElementById('query').value = {query!r}")
    tab.evaluate("document.getElementById('run').click()")
    tab.wait("document.getElementById('stop').disabled")
    return text(tab, "status")


def test_page_answers_with_a_table_and_a_diagram(page, service):
    said = ask(page, "SELECT id, f64, word FROM raw.odd WHERE id < 3 ORDER BY id")
    assert said.startswith("2 rows in")
    assert "simulated" in said
    cells = page.evaluate(
        "[...document.querySelectorAll('#rows tbody td')].map((c) => c.textContent)"
    )
    assert cells == ["1", "0.1", 'a<b & "c"', "2", "NaN", "Zurich, ä €"]
    assert text(page, "plot-caption") == "f64 against id: 1 rows that have both."
    assert page.console == []
    assert [r for r in page.requests if not r.startswith(service.url)] == []


def test_page_says_what_is_wrong(page):
    assert "nothing" in ask(page, "SELECT nothing FROM raw.odd")
    assert page.evaluate("document.getElementById('status').className") == "wrong"


def test_page_says_that_stars_are_simulated(page):
    assert "SIMULATED DATA" in page.evaluate("document.body.innerText")


def test_columns_of_a_table_are_shown_and_put_into_the_query(page):
    page.evaluate("document.getElementById('query').value = ''")
    page.evaluate("document.querySelector('[data-name=\"main.stars\"]').open = true")
    page.wait(
        "document.querySelectorAll('[data-name=\"main.stars\"] li').length === 13"
    )
    page.evaluate(
        "document.querySelector('[data-name=\"main.stars\"] li button').click()"
    )
    assert page.evaluate("document.getElementById('query').value") == "star_id"


def test_everything_that_is_asked_for_has_a_label(page):
    without = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')]"
        ".filter((one) => !one.labels.length).map((one) => one.id)"
    )
    assert without == []


def look_for(tab, word):
    tab.evaluate(f"document.getElementById('search').value = {word!r}")
    tab.evaluate("document.getElementById('search').dispatchEvent(new Event('input'))")
    tab.wait("document.getElementById('found').textContent !== ''")
    shown = tab.evaluate(
        "[...document.querySelectorAll('#tables > :not([hidden])')]"
        ".map((one) => one.dataset.name || one.textContent)"
    )
    said = text(tab, "found")
    tab.evaluate("document.getElementById('found').textContent = ''")
    return said, shown


def test_tables_are_found_by_their_columns(page):
    said, shown = look_for(page, "F32")
    assert said.startswith("1 table ")
    assert shown == ["raw", "raw.odd"]
    said, shown = look_for(page, "no_such_thing")
    assert said.startswith("No tables")
    assert shown == []


def test_axes_are_not_offered_where_nothing_can_be_drawn(page):
    ask(page, "SELECT id, f64 FROM raw.odd")
    seen = "document.getElementById('axes').offsetHeight > 0"
    assert page.evaluate(seen)
    ask(page, "SELECT word FROM raw.odd")
    assert not page.evaluate(seen)


def test_address_for_programs_leads_a_browser_to_the_page(client):
    answer = client.get("/tap")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
