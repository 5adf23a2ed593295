"""What is ADQL 2.1 is read, and anything else refused in one line that says where."""

import tomllib
from pathlib import Path

import pytest
from sqlglot import exp

from stellarwh.adql.parse import parse
from stellarwh.errors import AdqlError

HERE = Path(__file__).parent
VALID = tomllib.loads((HERE / "valid.toml").read_text("utf-8"))
INVALID = tomllib.loads((HERE / "invalid.toml").read_text("utf-8"))


@pytest.mark.parametrize("feature", VALID)
def test_valid_queries_are_read(feature):
    for query in VALID[feature]:
        parse(query)


@pytest.mark.parametrize("feature", INVALID)
def test_invalid_queries_are_refused_with_a_reason(feature):
    for query, words in INVALID[feature]:
        with pytest.raises(AdqlError) as error:
            parse(query)
        message = str(error.value)
        assert words in message, query
        assert message.startswith("ADQL, line "), query
        assert "\n" not in message, query


def test_a_message_says_the_line_and_the_column():
    with pytest.raises(AdqlError, match=r"^ADQL, line 3, column 7: found '\)'; wanted"):
        parse("select teff\nfrom stars\nwhere )")


def test_intersect_binds_more_closely_than_union():
    tree = parse("select a from x union all select b from y intersect select c from z")
    assert isinstance(tree, exp.Union)
    assert tree.args["distinct"] is False
    assert isinstance(tree.expression, exp.Subquery)
    assert isinstance(tree.expression.this, exp.Intersect)


def test_except_goes_from_left_to_right():
    tree = parse("select a from x except select b from y except select c from z")
    assert isinstance(tree.this, exp.Except)
    assert isinstance(tree.expression, exp.Select)


def test_order_and_offset_are_of_the_whole_and_top_of_its_own_select():
    tree = parse("select a from x union select top 3 b from y order by 1 offset 2")
    assert tree.args["order"].expressions[0].this.name == "1"
    assert tree.args["offset"].expression.name == "2"
    assert isinstance(tree.this, exp.Select)
    assert tree.expression.this.args["limit"].expression.name == "3"


def test_precedence_is_in_the_tree():
    tree = parse("select a from x where not p = 1 or q = 2 and r = -3 + 4 * 5")
    found = tree.args["where"].this
    assert isinstance(found, exp.Or)
    assert isinstance(found.this, exp.Not)
    assert isinstance(found.expression, exp.And)
    total = found.expression.expression.expression
    assert isinstance(total, exp.Add)
    assert isinstance(total.this, exp.Neg)
    assert isinstance(total.expression, exp.Mul)


def test_subtraction_goes_from_left_to_right():
    found = parse("select 1 - 2 - 3 from x").expressions[0]
    assert isinstance(found.this, exp.Sub)
    assert found.expression.name == "3"


def test_a_delimited_name_is_told_from_a_plain_one():
    quoted, plain = parse('select "A""b", Teff from x').expressions
    assert (quoted.this.name, quoted.this.quoted) == ('A"b', True)
    assert (plain.this.name, plain.this.quoted) == ("Teff", False)


def test_words_in_double_quotes_are_names_whatever_they_say():
    tree = parse('select x from "union" as "limit" where y between "symmetric" and 2')
    assert tree.args["from_"].this.name == "union"
    assert tree.args["from_"].this.alias == "limit"
    assert tree.args["where"].this.args["low"].name == "symmetric"


def test_the_frame_of_a_geometry_is_no_argument():
    plain, framed, empty = parse(
        "select point(1, 2), Point('GALACTIC', 1, 2), point(null, 1, 2) from x"
    ).expressions
    assert [node.name for node in (plain, framed, empty)] == ["POINT"] * 3
    assert [len(node.expressions) for node in (plain, framed, empty)] == [2] * 3
    assert [node.meta.get("frame") for node in (plain, framed, empty)] == [
        None,
        "GALACTIC",
        "",
    ]


def test_negations_stand_around_what_they_negate():
    tree = parse(
        "select x from a where x not in (1) and y not like 'b' and z is not null"
    )
    kinds = [type(node.this) for node in tree.find_all(exp.Not)]
    assert set(kinds) == {exp.In, exp.Like, exp.Is}


def test_a_join_without_a_condition_has_a_true_one():
    (join,) = parse("select * from a left join b").args["joins"]
    assert isinstance(join.args["on"], exp.Boolean)
    (comma,) = parse("select * from a, b").args["joins"]
    assert not comma.args.get("on")


def test_places_of_nodes_are_those_of_the_text():
    query = "select sqrt(teff) from main.stars"
    tree = parse(query)
    for kind, text in (
        (exp.Anonymous, "sqrt"),
        (exp.Column, "teff"),
        (exp.Table, "main"),
    ):
        start = tree.find(kind).meta["start"]
        assert query[start:].startswith(text)


def test_long_chains_of_conditions_and_texts_are_read():
    longest = " or ".join(f"x = {i}" for i in range(5000))
    tree = parse(f"select x from a where {longest}")
    assert sum(1 for _ in tree.find_all(exp.EQ)) == 5000
    joined = " || ".join(f"'{i}'" for i in range(1000))
    found = parse(f"select {joined} from a").expressions[0]
    assert [node.name for node in found.find_all(exp.Literal, bfs=False)] == [
        str(i) for i in range(1000)
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select " + "(" * 10_000 + "1" + ")" * 10_000 + " from a", "nested"),
        ("select " + "abs(" * 10_000, "nested"),
        ("select x from " + "(" * 10_000 + "select x from a", "nested"),
        (
            "select x from a where x in (select y from b where y in " * 500,
            "found select",
        ),
        ("select x from a where x in (select y from b where y in (" * 500, "nested"),
        ("select x from " + "a join " * 10_000, "nested"),
        ("select x from a where " + "not " * 10_000, "NOT stands only once"),
        ("select " + "+ " * 10_000 + "1 from a", "a sign stands only once"),
        ("select " + "1 + " * 10_000 + "1 from a", "beyond 100 steps"),
        ("select x from a" + " union select x from a" * 3_000, "beyond 100 steps"),
        ("(" * 10_000 + "select x from a", "nested"),
        ("select x from a where y = '" + "x" * 1_000_000 + "'", "characters"),
        ("-" * 250_000, "empty"),
        ("'" * 250_001, "no closing"),
    ],
    ids=range(14),
)
def test_what_is_too_long_or_too_deep_is_refused(query, words):
    with pytest.raises(AdqlError) as error:
        parse(query)
    message = str(error.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 300
