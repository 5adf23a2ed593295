"""What the service says of itself, and whether it holds."""

from xml.etree import ElementTree

import pytest

from stellarwh.serve.examples import EXAMPLES
from tests.serve.conftest import GROUP, ask, votable

pytestmark = GROUP


def document(client, path, **texts):
    answer = client.get(path, params=texts)
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.text)


def test_availability_says_since_when_it_is_up(client):
    found = document(client, "/tap/availability")
    assert found[0].text == "true"


def test_tables_and_tap_schema_say_the_same(client):
    found = {}
    for table in document(client, "/tap/tables").iter("table"):
        for column in table.iter("column"):
            kind = column.find("dataType")
            found[table.findtext("name"), column.findtext("name")] = (
                kind.text,
                kind.get("arraysize"),
                column.findtext("unit"),
                column.findtext("ucd"),
                column.findtext("description"),
            )
    query = (
        "SELECT table_name, column_name, datatype, arraysize, unit, ucd, description "
        "FROM TAP_SCHEMA.columns"
    )
    rows = votable(ask(client, query)).filled("")
    told = {
        (row[0], row[1]): tuple(str(value) or None for value in list(row)[2:])
        for row in rows
    }
    assert found == told
    # By hand, of the glossary.
    assert found["main.stars", "ra"] == (
        *("double", None, "deg", "pos.eq.ra"),
        "right ascension (ICRS) at epoch",
    )
    # A word of ADQL's own needs quotes.
    assert ("main.measurements", '"distance"') in found
    assert ("TAP_SCHEMA.columns", '"size"') in found


def test_least_detail_has_no_columns_and_one_table_has_all(client):
    least = document(client, "/tap/tables", detail="min")
    names = [table.findtext("name") for table in least.iter("table")]
    assert "main.stars" in names
    assert not list(least.iter("column"))
    one = document(client, "/tap/tables/main.stars")
    assert len(list(one.iter("column"))) == 13
    assert client.get("/tap/tables/main.nothing").status_code == 404


def test_only_what_users_see_is_served(client):
    query = "SELECT schema_name FROM TAP_SCHEMA.schemas"
    names = set(votable(ask(client, query))["schema_name"])
    assert names == {"main", "staging", "features", "raw", "TAP_SCHEMA"}


def test_keys_join(client):
    query = (
        "SELECT k.from_table, k.target_table, c.from_column, c.target_column "
        "FROM TAP_SCHEMA.keys AS k "
        "JOIN TAP_SCHEMA.key_columns AS c ON c.key_id = k.key_id"
    )
    keys = {tuple(row) for row in votable(ask(client, query))}
    key = ("main.measurements", "main.stars", "star_id", "star_id")
    assert key in keys
    query = (
        "SELECT COUNT(*) AS n FROM main.measurements AS a "
        "JOIN main.stars AS b ON b.star_id = a.star_id"
    )
    assert votable(ask(client, query))["n"][0] > 0


def test_capabilities_say_what_limits_and_formats_there_are(client, service):
    found = document(client, "/tap/capabilities")
    (tap,) = [
        part for part in found if part.get("standardID") == "ivo://ivoa.net/std/TAP"
    ]
    assert tap.find("interface/accessURL").text == f"{service.url}/tap"
    assert tap.findtext("outputLimit/hard") == "50000"
    assert tap.findtext("executionDuration/hard") == "3600"
    types = [part.text for part in tap.findall("outputFormat/mime")]
    assert "application/x-votable+xml" in types
    forms = [part.text for part in tap.iter("form")]
    assert any(form.startswith("ivo_healpix_index(") for form in forms)
    assert {"POINT", "CIRCLE", "CONTAINS", "INTERSECTS"} <= set(forms)
    for mime in types:
        answer = ask(client, "SELECT id FROM raw.odd", RESPONSEFORMAT=mime)
        assert answer.headers["content-type"].split(";")[0] == mime.split(";")[0]


@pytest.mark.parametrize("path", ["tap/tables", "tap/capabilities", "tap/examples", ""])
def test_nothing_tells_where_files_are(client, stars_path, path):
    assert str(stars_path.parent) not in client.get(f"/{path}").text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_each_example_runs(client, example):
    votable(ask(client, example.query))


def test_examples_are_those_of_the_document(client):
    namespace = "{http://www.w3.org/1999/xhtml}"
    found = document(client, "/tap/examples")
    queries = [
        part.text
        for part in found.iter(f"{namespace}pre")
        if part.get("property") == "query"
    ]
    assert queries == [example.query for example in EXAMPLES]
