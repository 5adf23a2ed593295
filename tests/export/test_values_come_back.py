"""Lists, structs and moments: from Parquet into each format and back, the same."""

import datetime as dt
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stellarwh.cli.printing import print_query
from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey
from stellarwh.match import Side, match_tables
from stellarwh.warehouse.query.format import Format

MOMENT = dt.datetime(2020, 1, 1, 12, 30, tzinfo=dt.UTC)
INTS, PAIR = pa.list_(pa.int64()), pa.list_(pa.int32(), 2)
STRUCT = pa.struct([("a", pa.int64()), ("b", pa.string())])
COLUMNS = {
    "ints": pa.array([[1, None, 3], None, []], INTS),
    "floats": pa.array([[1.5, None], None, []], pa.list_(pa.float32())),
    "texts": pa.array([["a", None, ""], None, ["b;c"]], pa.list_(pa.string())),
    "flags": pa.array([[True, None], None, [False]], pa.list_(pa.bool_())),
    "pair": pa.array([[1, None], None, [3, 4]], PAIR),
    "lists": pa.array([[[1], None, [2, 3]], None, []], pa.list_(INTS)),
    "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": None}], STRUCT),
    "structs": pa.array([[{"a": 1, "b": "x"}, None], None, []], pa.list_(STRUCT)),
    "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "moment": pa.array([MOMENT, None, MOMENT], pa.timestamp("us", "Europe/Berlin")),
}
# What the formats have no types for is the text that DuckDB shows.
TEXTS = {
    "parquet": set(),
    "ecsv": {"lists", "struct", "structs", "map", "moment"},
    "vot": {"texts", "lists", "struct", "structs", "map", "moment"},
    "fits": {"texts", "lists", "struct", "structs", "map", "moment"},
    "csv": set(COLUMNS),
}
# FITS has no list that is NULL, no NULL float but NaN, and in an array of one shape no
# NULL but those of its elements, as VOTable.
CHANGED = {
    "fits": {
        "ints": "[]", "floats": "[]", "flags": "[]", "pair": "[NULL, NULL]",
    },
    "vot": {"pair": "[NULL, NULL]"},
}  # fmt: skip


@pytest.fixture
def stored(connection, tmp_path, monkeypatch):
    # DuckDB wants it to make Python's values of moments with a time zone.
    monkeypatch.setitem(sys.modules, "pytz", None)
    path = tmp_path / "t.parquet"
    ids = {"id": pa.array([1, 2, 3]), "ra": pa.array([1.0, 2.0, 3.0])}
    pq.write_table(pa.table({**ids, "dec": ids["ra"], **COLUMNS}), path)
    ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    return connection


def shown(connection, table):
    texts = ", ".join(f'"{name}"::varchar' for name in COLUMNS)
    rows = connection.execute(f"select {texts} from {table} order by id").fetchall()
    types = connection.sql(f"select {', '.join(COLUMNS)} from {table}").types
    return (
        dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)),
        dict(zip(COLUMNS, map(str, types), strict=True)),
    )


@pytest.mark.parametrize("ending", list(TEXTS))
def test_each_value_is_the_same_or_the_text_of_it(stored, tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    export_table(stored, "raw.mine", path)
    ingest_survey(stored, "back", path, no_position=True)
    before, types = shown(stored, "raw.mine")
    after, found = shown(stored, "raw.back")
    for name in COLUMNS:
        kind = "VARCHAR" if name in TEXTS[ending] else types[name]
        assert (name, found[name]) == (name, kind)
        expected = list(before[name])
        if name in CHANGED.get(ending, {}):
            expected[1] = CHANGED[ending][name]
        if (ending, name) == ("fits", "floats"):
            expected[0] = "[1.5, nan]"
        assert (name, after[name]) == (name, expected)


@pytest.mark.parametrize("output", list(Format))
def test_a_query_shows_moments_without_pytz(stored, capsys, output):
    print_query(
        stored, "select moment, [moment] as l from raw.mine order by id", output
    )
    assert capsys.readouterr().out.count("2020-01-01 12:30:00+00") == 4


def test_moments_in_json_are_texts(stored, capsys):
    print_query(stored, "select moment from raw.mine where id = 1", Format.JSON)
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {"moment": "2020-01-01 12:30:00+00"}


def test_moments_may_be_ids_of_a_match(stored):
    side = Side("raw.mine", id="moment", epoch=2000.0)
    pairs = match_tables(stored, side, Side("raw.mine", epoch=2000.0)).pairs
    assert sorted(pairs["right_id"].to_pylist()) == [1, 2, 3]
    assert pa.types.is_timestamp(pairs["left_id"].type)
