import json

import pytest

from stellarwh.errors import SqlError, WarehouseError
from stellarwh.query import Format, print_query
from stellarwh.tables import find_table


def test_a_table_is_shown(connection, capfd):
    print_query(connection, "select 5772 as teff, 'Sun' as name")
    shown = capfd.readouterr().out
    assert "teff" in shown
    assert "Sun" in shown


def test_csv_keeps_lists_and_commas(connection, capsys):
    print_query(connection, "select [1, 2] as a, 'x,y' as b, null as c", Format.CSV)
    assert capsys.readouterr().out == 'a,b,c\n"[1, 2]","x,y",\n'


def test_json_keeps_large_ids(connection, capsys):
    print_query(connection, "select 9007199254740993 as source_id", Format.JSON)
    assert json.loads(capsys.readouterr().out) == [{"source_id": 9007199254740993}]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("selec 1", "syntax error"),
        ("select nosuch from meta.ingests", "nosuch"),
        ("from meta.ingest", "Did you mean"),
        ("select error('boom')", "boom"),
    ],
)
def test_a_refused_query_is_one_line(connection, sql, found):
    with pytest.raises(SqlError, match=found) as refused:
        print_query(connection, sql)
    assert "\n" not in str(refused.value)


def test_a_bare_name_finds_the_mart_before_the_raw_table(connection):
    connection.execute("create table raw.stars as select 1 as x")
    assert find_table(connection, "Stars") == "raw.stars"
    connection.execute("create view main.stars as select 2 as x")
    assert find_table(connection, "stars") == "main.stars"
    assert find_table(connection, "RAW.stars") == "raw.stars"
    with pytest.raises(WarehouseError, match=r"Did you mean .raw.stars."):
        find_table(connection, "raw.star")
