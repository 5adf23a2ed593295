"""Results: their rows reach every library as they are, with what is known of them."""

import subprocess
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import stellarwh

STARS = "select star_id, teff, logg, teff_sources from main.parameters order by star_id"


def test_columns_carry_unit_ucd_and_description(wh):
    schema = wh.sql(STARS).schema
    assert [(c.name, c.type, c.unit, c.ucd) for c in schema] == [
        ("star_id", "BIGINT", "", "meta.id;meta.main"),
        ("teff", "DOUBLE", "K", "phys.temperature.effective"),
        ("logg", "DOUBLE", "log(cm.s**-2)", "phys.gravity"),
        ("teff_sources", "VARCHAR[]", "", "meta.dataset"),
    ]
    assert schema[1].description == "effective temperature"


@pytest.mark.parametrize(
    ("select", "units"),
    [
        ("teff as hot, teff * 2 as teff, 5 as logg", ["K", "", ""]),
        ("max(teff) as teff", [""]),
        ("* replace (teff / 1000 as teff)", None),
        ("columns('^teff$')", [""]),
        ("teff, count(*) over ()", ["K", ""]),
    ],
)
def test_what_is_computed_has_no_unit(wh, select, units):
    schema = wh.sql(f"select {select} from main.parameters").schema
    if units is None:
        known = {column.name: column.unit for column in schema}
        assert (known["teff"], known["teff_err"]) == ("", "K")
    else:
        assert [column.unit for column in schema] == units


@pytest.mark.parametrize(
    ("sql", "unit"),
    [
        ("with a as (select teff as t from parameters) select t from a", "K"),
        ("select t.teff from (select * from main.parameters) as t", "K"),
        (
            "select p.teff from main.stars join main.parameters as p using (star_id)",
            "K",
        ),
        ("select teff from parameters union all select teff from parameters", "K"),
        ("select teff from parameters union all select logg from parameters", ""),
        ("select teff from parameters union by name select teff from parameters", ""),
        ("with parameters as (select 1 as teff) select teff from parameters", ""),
    ],
)
def test_units_follow_columns_through_a_query(wh, sql, unit):
    (column,) = wh.sql(sql).schema
    assert column.unit == unit


def test_rows_are_those_of_duckdb(wh):
    expected = wh.connection.sql(STARS).fetchall()
    result = wh.sql(STARS)
    assert result.to_polars().rows() == expected
    assert pl.DataFrame(result).rows() == expected
    assert pa.table(wh.sql(STARS)).to_pylist() == result.to_arrow().to_pylist()
    assert len(wh.sql(STARS)) == len(result) == len(expected)
    batches = list(wh.sql(STARS))
    assert sum(batch.num_rows for batch in batches) == len(expected)
    assert pa.Table.from_batches(batches).equals(result.to_arrow())


def test_parameters_are_by_place_or_by_name(wh):
    hot = "select count(*) as n from main.parameters where teff > "
    by_place = wh.sql(f"{hot} ?", [5000]).to_polars().item()
    by_name = wh.sql(f"{hot} $least", {"least": 5000}).to_polars().item()
    (expected,) = wh.connection.execute(f"{hot} 5000").fetchone()
    assert by_place == by_name == expected
    (batch,) = wh.sql(f"{hot} ?", [5000])
    assert batch.column(0)[0].as_py() == expected
    assert len(wh.sql("from main.parameters where teff > ?", [5000])) == expected


def test_what_arrow_would_take_for_another_number_comes_as_text(wh):
    result = wh.sql(
        "select 340282366920938463463374607431768211455::uhugeint as u, "
        "'101'::bit as b, 170141183460469231731687303715884105727::hugeint as h"
    )
    assert [str(v) for v in result.to_arrow().to_pylist()[0].values()] == [
        "340282366920938463463374607431768211455",
        "101",
        "170141183460469231731687303715884105727",
    ]


def test_names_within_a_type_are_no_types(wh):
    (kind,) = wh.sql("""select {'A BIT': 1, 'HABIT': 2} as s""").to_arrow().schema
    names = [kind.type.field(at).name for at in range(kind.type.num_fields)]
    assert names == ["A BIT", "HABIT"]


def test_a_random_result_stays_what_it_is_once_it_is_computed(wh):
    result = wh.sql("select random() as r from range(1000)")
    assert result.to_polars().equals(result.to_polars())
    assert pl.DataFrame(result).equals(result.to_polars())


def test_metadata_of_arrow_says_what_columns_are(wh):
    field = wh.sql(STARS).to_arrow().schema.field("teff")
    assert field.metadata[b"unit"] == b"K"
    assert field.metadata[b"ucd"] == b"phys.temperature.effective"
    (batch, *_) = wh.sql(STARS)
    assert batch.schema.field("teff").metadata == field.metadata


def test_a_result_shows_its_first_rows(wh):
    result = wh.sql("select i, '<b>' as t, null as n from range(30) as r(i)")
    assert repr(result).splitlines()[0].split() == ["i", "t", "n"]
    assert repr(result).endswith("the first 10 rows")
    assert "&lt;b&gt;" in result._repr_html_()
    assert "<b>" not in result._repr_html_()
    result.to_arrow()
    assert repr(result).endswith("10 of 30 rows")
    assert "teff<br><small>K</small>" in wh.sql(STARS)._repr_html_()
    assert repr(wh.sql("select 1 as x where false")).endswith("0 rows")


@pytest.mark.parametrize("rows", [1000, 10])
def test_what_is_shown_is_computed_once(wh, rows):
    # Random numbers tell whether it was computed anew.
    result = wh.sql(f"select random() as r from range({rows})")
    shown = [line.strip() for line in repr(result).splitlines()[1:11]]
    assert repr(result).splitlines()[1:11] == shown
    assert all(f"<td>{text}</td>" in result._repr_html_() for text in shown)
    assert len(result) == len(result.to_arrow()) == rows
    # Once all are kept, the first of those are shown.
    first = [f"{value:.8g}" for value in result.to_polars()["r"][:10]]
    assert repr(result).splitlines()[1:11] == first
    assert (first == shown) == (rows == 10)


@pytest.mark.parametrize(
    "sql",
    [
        "explain select ra from main.stars",
        "/* why */ explain analyze select ra from main.stars;",
        "explain pivot main.parameters on teff_n_surveys using count(*)",
    ],
)
def test_a_plan_is_drawn_as_on_the_command_line(wh, built_file, sql):
    plan = wh.sql(sql)
    assert plan.columns == ["explain_key", "explain_value"]
    drawn = plan.to_polars()["explain_value"].item()
    assert repr(plan) == drawn.rstrip("\n")
    assert plan._repr_html_().startswith("<pre>")
    run = subprocess.run(
        [sys.executable, "-m", "stellarwh", "--warehouse", built_file, "query", sql],
        capture_output=True,
        text=True,
    )
    if "analyze" not in sql:  # which tells of seconds
        assert run.stdout == f"{plan!r}\n"
    assert run.returncode == 0


@pytest.mark.parametrize(
    "sql",
    [
        "describe select 1 as a",
        "show all tables",
        "summarize main.stars",
        "pivot main.parameters on teff_n_surveys using count(*)",
        "unpivot (select 1 as a, 2 as b) on a, b",
        "values (1)",
        "table main.stars",
    ],
)
def test_what_the_command_line_takes_is_taken(wh, sql):
    expected = wh.connection.sql(sql)
    result = wh.sql(sql)
    assert result.columns == expected.columns
    assert len(result) == len(expected.fetchall()) > 0


def test_a_plan_of_parameters_needs_them(wh):
    assert "9" in repr(wh.sql("explain select ra from main.stars where ra > ?", [9]))
    with pytest.raises(stellarwh.StellarwhError, match="parameter"):
        wh.sql("explain select ra from main.stars where ra > ?")
    with pytest.raises(stellarwh.StellarwhError, match="EXPLAIN is for a SELECT"):
        wh.sql("explain analyze insert into main.stars from main.stars")


def test_two_columns_of_one_name_are_refused_where_one_would_be_lost(wh):
    result = wh.sql("select 1 as a, 2 as a")
    assert len(result.to_arrow().columns) == 2
    for convert in (result.to_polars, result.to_astropy):
        with pytest.raises(stellarwh.StellarwhError, match="2 columns named 'a'"):
            convert()


def test_what_only_reads_may_be_asked(wh):
    assert wh.sql("describe main.stars").to_polars()["column_name"][0] == "star_id"
    assert len(wh.sql("show tables")) > 0
    for sql, said in (
        ("insert into main.stars select * from main.stars", "read-only"),
        ("select 1; select 2", "one statement"),
        ("select nosuch from main.stars", "nosuch"),
        ("", "empty"),
        ("from read_csv('/etc/passwd')", "reaches no other file"),
    ):
        with pytest.raises(stellarwh.StellarwhError, match=said) as refused:
            wh.sql(sql)
        assert "Traceback" not in str(refused.value)


IDS = "select * from (values (9007199254740993, true), (null, null)) as t(id, known)"


def test_pandas_has_exact_integers_beside_null(wh):
    pandas = pytest.importorskip("pandas")
    frame = wh.sql(f"select id, known, [id, null] as both, 1.5 as x from ({IDS})")
    taken = frame.to_pandas()
    assert list(map(str, taken.dtypes)) == ["Int64", "boolean", "object", "object"]
    assert taken["id"][0] == 9007199254740993  # as float 9007199254740992
    assert taken["id"].isna().tolist() == [False, True]
    assert taken["known"][1] is pandas.NA
    assert list(taken["both"][0]) == [9007199254740993, None]


def test_whoever_takes_a_result_for_rows_is_told(wh):
    pandas = pytest.importorskip("pandas")
    for take in (pandas.DataFrame, np.asarray, np.array):
        with pytest.raises(stellarwh.StellarwhError, match=r"no array; take to_pandas"):
            take(wh.sql(IDS))


@pytest.mark.filterwarnings(
    "ignore:The 'future.infer_string' option:DeprecationWarning"
)
def test_pandas_narwhals_and_ibis_take_a_result(wh):
    pandas = pytest.importorskip("pandas", minversion="3.0")
    narwhals = pytest.importorskip("narwhals", minversion="2.0")
    ibis = pytest.importorskip("ibis")
    stars = wh.sql("select star_id, teff from main.parameters where teff is not null")
    whole = stars.to_polars()
    assert pandas.DataFrame.from_arrow(stars)["teff"].sum() == pytest.approx(
        whole["teff"].sum()
    )
    for backend in ("polars", "pyarrow", "pandas"):
        taken = narwhals.from_arrow(stars, backend=backend)
        assert taken["star_id"].to_list() == whole["star_id"].to_list()
    asked = ibis.memtable(stars)
    assert asked.count().execute() == len(whole)
    assert asked.star_id.max().execute() == whole["star_id"].max()


def test_without_pandas_a_sentence_says_so(wh, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(stellarwh.StellarwhError, match=r"^pandas is not installed"):
        wh.sql(IDS).to_pandas()
