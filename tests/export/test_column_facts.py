"""Units, UCDs and descriptions of columns, as written or as the VO has them."""

import duckdb
import pytest

from stellarwh.export.column_facts import in_vounits, table_facts


@pytest.fixture
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - tables of its own
        opened.execute(
            "create schema meta; create table meta.columns as "
            "select 'main' as schema_name, 'stars' as table_name, * from (values "
            "('rv', 'km/s', 'km.s**-1', 'phys.veloc', 'Velocity'), "
            "('odd', 'wombats', null, null, ''), ('none', null, null, null, null)) "
            "as t(column_name, unit, vounit, ucd, description); "
            "insert into meta.columns values "
            "('raw', 'stars', 'rv', 'm/s', 'm.s**-1', 'x', 'Of another table')"
        )
        yield opened


@pytest.mark.parametrize(("vounits", "unit"), [(False, "km/s"), (True, "km.s**-1")])
def test_the_unit_is_the_one_written_or_the_vounit(connection, vounits, unit):
    assert table_facts(connection, ("main", "stars"), vounits=vounits) == {
        "rv": {"unit": unit, "ucd": "phys.veloc", "description": "Velocity"},
        "odd": {"unit": "wombats"},
        "none": {},
    }


def test_a_warehouse_without_vounits_gives_the_units_written(connection):
    connection.execute("alter table meta.columns drop column vounit")
    found = table_facts(connection, ("main", "stars"), vounits=True)
    assert found["rv"]["unit"] == "km/s"


def test_facts_of_a_file_get_the_vounits_that_there_are():
    facts = {
        "rv": {"unit": "km/s", "ucd": "phys.veloc"},
        "odd": {"unit": "wombats"},
        "lum": {"unit": "log (cgs)", "description": "luminosity"},
        "logg": {"unit": "log (cgs)", "description": "surface gravity"},
        "none": {},
    }
    assert in_vounits(facts) == facts | {
        "rv": {"unit": "km.s**-1", "ucd": "phys.veloc"},
        "logg": {"unit": "log(cm.s**-2)", "description": "surface gravity"},
    }
