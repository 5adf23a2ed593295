import csv
import io
import json
import re

import pytest

from stellarwh.cli.printing import print_query
from stellarwh.errors import SqlError, UsageError, WarehouseError
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.query.format import Format
from stellarwh.warehouse.tables import find_table

# A value of every type, as SQL, as text and as JSON.
TYPES = [
    ("true", "true", True),
    ("(-128)::tinyint", "-128", -128),
    ("18446744073709551615::ubigint", "18446744073709551615", 2**64 - 1),
    ("170141183460469231731687303715884105727::hugeint", str(2**127 - 1), 2**127 - 1),
    ("sum(9007199254740993::bigint)", "9007199254740993", 2**53 + 1),
    ("1.50::decimal(5,2)", "1.50", 1.5),
    ("0.1::float", "0.1", 0.1),
    ("'nan'::double", "nan", None),
    ("'-inf'::float", "-inf", None),
    ("1e18::double", "1e+18", 1e18),
    ("null", None, None),
    ("''", "", ""),
    ("'a\"b,' || chr(10)", 'a"b,\n', 'a"b,\n'),
    ("interval '1 month 3 days'", "1 month 3 days", "1 month 3 days"),
    ("'92ab6371-15bf-41da-9bb0-184f2af76e63'::uuid",) + (
        "92ab6371-15bf-41da-9bb0-184f2af76e63",) * 2,
    ("'\\xff\\x00a'::blob", "\\xFF\\x00a", "\\xFF\\x00a"),
    ("timestamptz '2020-01-01 00:00:00+02'",) + ("2019-12-31 22:00:00+00",) * 2,
    ("timestamp_ns '2020-01-01 00:00:00.123456789'",)
    + ("2020-01-01 00:00:00.123456789",) * 2,
    ("'infinity'::timestamp", "infinity", "infinity"),
    ("date '1858-11-17'", "1858-11-17", "1858-11-17"),
    ("time '01:02:03'", "01:02:03", "01:02:03"),
    ("'G'::enum('G', 'K')", "G", "G"),
    ("'101'::bit", "101", "101"),
    ("['1.5', null, 'nan']::double[]", "[1.5, NULL, nan]", [1.5, None, None]),
    ("[]::int[]", "[]", []),
    ("[1, 2]::int[2]", "[1, 2]", [1, 2]),
    ("[[1], null]", "[[1], NULL]", [[1], None]),
    ("{'a': 1, 'b c': ['x']}", "{'a': 1, 'b c': [x]}", {"a": 1, "b c": ["x"]}),
    ("row(1, 'a')", "(1, a)", [1, "a"]),
    ("map {'k': 'inf'::double}", "{k=inf}", {"k": None}),
    ("map {7: [interval 1 day]}", "{7=[1 day]}", {"7": ["1 day"]}),
    ("union_value(n := 2)", "2", "2"),
    ("'{\"a\": [1, \"NaN,]\"]}'::json", '{"a": [1, "NaN,]"]}', {"a": [1, "NaN,]"]}),
    ("'{\"a\": [1, NaN]}'::json",) + ('{"a": [1, NaN]}',) * 2,
    ("'[1,]'::json", "[1,]", "[1,]"),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with open_warehouse(tmp_path_factory.mktemp("query") / "stellar.duckdb") as opened:
        yield opened


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def strictly(text):
    return json.loads(text, parse_constant=no_constant)


def asked() -> str:
    return "select " + ", ".join(f"{sql} as c{i}" for i, (sql, *_) in enumerate(TYPES))


def test_every_type_is_valid_json_and_exact(connection, capsys):
    print_query(connection, asked(), Format.JSON)
    (row,) = strictly(capsys.readouterr().out)
    assert list(row.values()) == [value for _, _, value in TYPES]


def test_every_type_is_exact_in_csv(connection, capsys):
    print_query(connection, asked(), Format.CSV)
    _, row = csv.reader(io.StringIO(capsys.readouterr().out))
    assert row == [text or "" for _, text, _ in TYPES]


def test_every_type_is_shown(connection, capsys):
    print_query(connection, asked(), Format.VERTICAL)
    shown = capsys.readouterr().out.splitlines()
    wanted = ["NULL" if t is None else t.replace("\n", "\\n") for _, t, _ in TYPES]
    assert [line[5:] for line in shown[1:-1]] == wanted
    assert shown[-1] == "(1 row)"
    for sql, text, _ in TYPES:
        print_query(connection, f"select {sql} as x")
        cell = capsys.readouterr().out.splitlines()[4].strip("│").strip()
        assert cell == ("NULL" if text is None else text.replace("\n", "\\n"))


def test_null_and_empty_text_differ_in_csv(connection, capsys):
    print_query(connection, "select [1, 2] as a, 'x,y' as b, null as c", Format.CSV)
    assert capsys.readouterr().out == 'a,b,c\n"[1, 2]","x,y",\n'
    print_query(connection, "select 1 as a, '' as b, 2 as a where true", Format.CSV)
    assert capsys.readouterr().out == 'a,b,a\n1,"",2\n'


def test_no_rows_in_every_format(connection, capsys):
    found = {}
    for output in Format:
        print_query(connection, "select 1 as a where false", output)
        found[output.value] = capsys.readouterr().out
    assert found["csv"] == "a\n"
    assert found["json"] == "[]\n"
    assert found["vertical"] == "(0 rows)\n"
    assert found["table"].endswith("(0 rows)\n")


def test_no_column_is_lost_in_json(connection, capsys):
    print_query(connection, "select 1 as a, 2 as a, 3 as a_1", Format.JSON)
    assert strictly(capsys.readouterr().out) == [{"a": 1, "a_2": 2, "a_1": 3}]


def test_wide_columns_are_text_on_request(connection, capsys):
    sql = (
        "select unnest([9007199254740993, null, 0]) as id, "
        "unnest([9007199254740992, 1, 2]) as n, [9007199254740993, 1] as l, "
        "10000000000000000001::decimal(20,0) as d, 2 as m"
    )
    print_query(connection, sql, Format.JSON)
    rows = strictly(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [2**53 + 1, None, 0]
    print_query(connection, sql, Format.JSON, ids_as_text=True)
    rows = strictly(capsys.readouterr().out)
    assert [row["id"] for row in rows] == ["9007199254740993", None, "0"]
    assert [row["n"] for row in rows] == [2**53, 1, 2]
    assert rows[0]["l"] == ["9007199254740993", 1]
    assert rows[0]["d"] == "10000000000000000001"
    assert rows[0]["m"] == 2
    with pytest.raises(UsageError, match="--format json"):
        print_query(connection, sql, Format.CSV, ids_as_text=True)


def test_it_says_how_many_rows_there_are(connection, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for output in (Format.TABLE, Format.VERTICAL):
        print_query(connection, "from range(12345) order by 1 desc", output, 50)
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1] == "(showing 50 of 12,345 rows)"
        assert [w for line in lines for w in re.findall(r"\b12\d{3}\b", line)] == [
            str(n) for n in range(12344, 12294, -1)
        ]
    print_query(connection, "from range(3)")
    assert capsys.readouterr().out.splitlines()[-1] == "(3 rows)"


def test_rows_and_their_number_are_of_one_look(connection, capsys):
    print_query(connection, "select count(*) as n from range(9) where random() < 0.5")
    assert capsys.readouterr().out.endswith("(1 row)\n")
    print_query(connection, "from range(9000) where random() < 0.5", max_rows=9000)
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == f"({len(shown) - 6:,} rows)"


@pytest.mark.parametrize("width", [20, 80, 119])
def test_a_table_fits_the_terminal_and_says_what_it_leaves_out(
    connection, capsys, monkeypatch, width
):
    monkeypatch.setenv("COLUMNS", str(width))
    columns = ", ".join(f"repeat('x', 30) as text_{i}" for i in range(30))
    print_query(connection, f"select {columns}, 5784542626622937341 as id")
    lines = capsys.readouterr().out.splitlines()
    assert {len(line) for line in lines[:-1]} <= set(range(width + 1))
    found = re.fullmatch(r"\(1 row; showing (\d+) of 31 columns\)", lines[-1])
    assert found
    assert lines[1].count("text_") + ("id" in lines[1]) == int(found[1])
    if width > 20:  # numbers are whole, or not there
        assert "5784542626622937341" in lines[4]


def test_nothing_shown_reaches_the_terminal_as_a_control(connection, capsys):
    sql = "select 'a' || chr(27) || '[31m' || chr(155) as \"b\x1b[2J\", chr(8238) as r"
    for output in (Format.TABLE, Format.VERTICAL):
        print_query(connection, sql, output)
        shown = capsys.readouterr().out
        assert "\\x1b[31m\\x9b" in shown
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_json_keeps_large_ids(connection, capsys):
    print_query(connection, "select 9007199254740993 as source_id", Format.JSON)
    assert json.loads(capsys.readouterr().out) == [{"source_id": 9007199254740993}]


def test_explain_shows_the_plan(connection, capsys):
    print_query(connection, "explain (analyze) select 42")
    assert "Projection" in capsys.readouterr().out.splitlines()[3]


@pytest.mark.parametrize("sql", ["describe meta.ingests", "show tables",
    "summarize (select 1 as x)", "values (1)", "pivot (select 1 as a) on a",
    "select 1 -- a comment\n;; -- and more", "/* ; */ select 1", "\ufeffselect 1",
    "with a as (select 1) from a"])  # fmt: skip
def test_what_only_reads_runs(connection, capsys, sql):
    for output in Format:
        print_query(connection, sql, output)
        assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("-- nothing", "is empty"),
        ("select 1; select 2", "these are 2"),
        ("select 1; drop table meta.ingests", "these are 2"),
        ("select '\udcff'", "UTF-8"),
        ("select error('boom')", "boom"),
        ("select error('boom\x1b[31m')", r"boom\\x1b\[31m"),
        ("select $1", "parameters: 1"),
    ],
)
def test_a_refused_query_is_one_line(connection, sql, found):
    with pytest.raises(SqlError, match=found) as refused:
        print_query(connection, sql)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("sql", "line", "at"),
    [
        ("selec 1", "LINE 1: selec 1", "selec"),
        ("select nosuch from meta.ingests", "LINE 1: select nosuch", "nosuch"),
        ("select 1,\n\n  nosuch\nfrom meta.ingests", "LINE 3:   nosuch", "nosuch"),
        ("from meta.ingest", "LINE 1: from meta.ingest", "meta.ingest"),
        ("select 1,\n '\x1b[2J'::int", "LINE 2:  '[2J'::int", "::int"),
        ("select 1,\t\tnosuch", "LINE 1: select 1,  nosuch", "nosuch"),
        ("\n" * 9 + "select x::int from (select 'q' as x)", "LINE 10: select", "::int"),
        ("select '" + "x" * 500 + "', nosuch", "LINE 1: ", "nosuch"),
    ],
)
@pytest.mark.parametrize("output", [Format.TABLE, Format.JSON])
def test_line_and_caret_of_an_error_are_kept(connection, sql, line, at, output):
    with pytest.raises(SqlError) as refused:
        print_query(connection, sql, output)
    said, shown, caret = str(refused.value).split("\n")
    assert line.removeprefix("LINE 1: ") in shown
    assert shown.startswith(line[:8])
    assert shown[caret.index("^") :].startswith(at)
    assert len(said) < 420
    assert len(shown) < 120
    assert caret.strip("^ ") == ""


def test_a_bare_name_finds_its_table_and_two_of_it_are_told_apart(connection):
    connection.execute("create table raw.stars as select 1 as x")
    assert str(find_table(connection, "Stars")) == "raw.stars"
    connection.execute("create view main.stars as select 2 as x")
    assert str(find_table(connection, "RAW.stars")) == "raw.stars"
    with pytest.raises(WarehouseError, match=r"main.stars and of raw.stars"):
        find_table(connection, "stars")
    with pytest.raises(WarehouseError, match=r"Did you mean .raw.stars."):
        find_table(connection, "raw.star")
