"""Columns of a table in types that FITS, VOTable and ECSV have."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from stellarwh.catalogues.output_column import OutputColumn, structure_of
from stellarwh.errors import UsageError
from stellarwh.quoting import quote_identifier

# Integers of FITS and VOTable: DuckDB's name, lowest and highest value, and the type
# that has room for one more value. One of the two stands for a missing value.
_INTEGERS: Mapping[pa.DataType, tuple[str, int, int, pa.DataType | None]] = {
    pa.uint8(): ("utinyint", 0, 2**8 - 1, pa.int16()),
    pa.int16(): ("smallint", -(2**15), 2**15 - 1, pa.int32()),
    pa.int32(): ("integer", -(2**31), 2**31 - 1, pa.int64()),
    pa.int64(): ("bigint", -(2**63), 2**63 - 1, None),
}
_NUMBER = "BOOLEAN|UTINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE"
_PLAIN = re.compile(rf"({_NUMBER})((\[[1-9]\d*\])*|\[\])|VARCHAR")
_TEXT_LIST = "VARCHAR[]"
_TEXTS = re.compile(r"VARCHAR((\[[1-9]\d*\])+|\[\])")
# Integers that are stored in the next wider type that the formats have.
_WIDER = {"TINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint"}
_OTHER_INTEGERS = re.compile(rf"({'|'.join(_WIDER)})((?:\[\d*\])+)?")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# Decimal digits that a float of 64 bits always holds.
DOUBLE_DIGITS = 15
# Expressions of one query: DuckDB plans a few hundred quickly, thousands slowly.
_AT_ONCE = 400


def types_within(kind: str) -> set[str]:
    """Return the words of a type of DuckDB's, within lists and structs too.

    Names of fields and of values, which may be anything, are not among them.
    """
    return set(re.findall(r"\w+", re.sub(r"\"[^\"]*\"|'[^']*'", "", kind)))


def plain_relation(
    relation: duckdb.DuckDBPyRelation, *, text_arrays: str
) -> duckdb.DuckDBPyRelation:
    """Return a relation with its columns in types that the formats have.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        Gives the same rows however often it is asked.
    text_arrays : str
        Which arrays of texts stay arrays, "fixed" ones, "all" or "none"; others
        become one text.
    """
    columns = list(zip(relation.columns, map(str, relation.types), strict=True))
    tests = {
        column: test
        for column, kind in columns
        if not _stays(kind, text_arrays)
        and (test := _test(quote_identifier(column), kind))
    }
    passed = dict(zip(tests, _ask(relation, list(tests.values())), strict=True))
    return relation.select(
        ", ".join(
            quote_identifier(column)
            if _stays(kind, text_arrays)
            else f"{_plain(quote_identifier(column), kind, bool(passed.get(column)))}"
            f" as {quote_identifier(column)}"
            for column, kind in columns
        )
    )


def has_text_lists(relation: duckdb.DuckDBPyRelation) -> bool:
    """Return whether a column is lists of texts, of any length."""
    return _TEXT_LIST in map(str, relation.types)


def with_joined_texts(
    relation: duckdb.DuckDBPyRelation,
) -> duckdb.DuckDBPyRelation:
    """Return a relation with lists of texts as one text, as FITS and VOTable have them.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        Gives the same rows however often it is asked.
    """
    if not has_text_lists(relation):
        return relation
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    quoted = {name: quote_identifier(name) for name in kinds}
    lists = [name for name, kind in kinds.items() if kind == _TEXT_LIST]
    tests = [test for name in lists if (test := _test(quoted[name], _TEXT_LIST))]
    simple = dict(zip(lists, _ask(relation, tests), strict=True))
    return relation.select(
        ", ".join(
            f"{_plain(name, kind, bool(simple[column]))} as {name}"
            if column in simple
            else name
            for column, kind in kinds.items()
            for name in (quoted[column],)
        )
    )


def _stays(kind: str, text_arrays: str) -> bool:
    """Return whether a type is one that the format has."""
    if _PLAIN.fullmatch(kind):
        return True
    if not _TEXTS.fullmatch(kind):
        return False
    return text_arrays == "all" or (text_arrays == "fixed" and "[]" not in kind)


def _test(name: str, kind: str) -> str | None:
    """Return SQL that says whether the simpler of two types holds every value."""
    if kind in ("UBIGINT", "HUGEINT", "UHUGEINT"):
        # Ids must not pass through a float.
        return f"count({name}) = count(try_cast({name} as bigint))"
    if decimal := _DECIMAL.fullmatch(kind):
        digits, scale = int(decimal[1]), int(decimal[2])
        if scale == 0:
            return f"count({name}) = count(try_cast({name} as bigint))"
        if digits <= DOUBLE_DIGITS:
            return "true"
        same = f"try_cast({name}::double as {kind}) = {name}"
        return f"count({name}) = count(*) filter ({same})"
    if kind == _TEXT_LIST:
        # Joined, these could not be told apart again.
        odd = f"list_filter({name}, lambda e: e is null or e = '' or contains(e, ';'))"
        return f"coalesce(bool_and(len({odd}) = 0), true)"
    return None


def _plain(name: str, kind: str, is_simple: bool) -> str:
    """Return SQL that gives a column in another type, which the formats have."""
    other = _OTHER_INTEGERS.fullmatch(kind)
    if other and _PLAIN.fullmatch(f"BIGINT{other[2] or ''}"):
        return f"{name}::{_WIDER[other[1]]}{other[2] or ''}"
    if not is_simple:
        return f"{name}::varchar"
    if kind == _TEXT_LIST:
        return f"array_to_string({name}, ';')"
    is_fraction = kind.startswith("DECIMAL") and not kind.endswith(",0)")
    return f"{name}::{'double' if is_fraction else 'bigint'}"


def ecsv_text(field: pa.Field) -> str:
    """Return SQL for a column as ECSV spells it."""
    name = quote_identifier(field.name)
    if pa.types.is_boolean(field.type):
        return f"case when {name} then 'True' when not {name} then 'False' end"
    element, shape, varies = structure_of(field.type)
    if not shape and not varies:
        return name
    if pa.types.is_string(element):
        return f"to_json({name})::varchar"
    text = f"{name}::varchar"
    for found, json_word in (("NULL", "null"), ("nan", "NaN"), ("inf", "Infinity")):
        text = f"replace({text}, '{found}', '{json_word}')"
    return text


@dataclass(frozen=True)
class _Measure:
    """What the values of a column are like, as far as it matters."""

    bytes: int = 1
    is_ascii: bool = True
    longest: int = 0
    elements: int = 0
    missing: bool = False
    low: int | None = None
    high: int | None = None


def output_columns(
    relation: duckdb.DuckDBPyRelation, facts: Mapping[str, Mapping[str, str]]
) -> tuple[duckdb.DuckDBPyRelation, list[OutputColumn]]:
    """Return how FITS and VOTable describe the columns of a plain relation.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        As `plain_relation` gives it, with the same rows however often it is asked.
    facts : mapping
        Unit, ucd and description of each column that has them.

    Returns
    -------
    relation : duckdb.DuckDBPyRelation
        Integers are wider where no value is left to stand for a missing one.
    columns : list of OutputColumn

    Raises
    ------
    UsageError
        If there is no such value of 64 bits.
    """
    schema = relation.limit(0).to_arrow_table().schema
    columns, casts = [], []
    for field, measure in zip(schema, _measures(relation, schema), strict=True):
        element, shape, varies = structure_of(field.type)
        column = OutputColumn(
            field.name,
            element,
            shape,
            varies,
            width=max(measure.bytes, 1),
            is_ascii=measure.is_ascii,
            longest=measure.longest,
            elements=measure.elements,
        ).described(facts.get(field.name, {}))
        name = quote_identifier(field.name)
        null, wider = _null_of(relation, column, measure)
        if wider != element:
            brackets = "[]" if varies else "".join(f"[{n}]" for n in shape[::-1])
            name = f"{name}::{_INTEGERS[wider][0]}{brackets} as {name}"
        columns.append(replace(column, element=wider, null=null))
        casts.append(name)
    return relation.select(", ".join(casts)), columns


def numbered_booleans(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return a plain relation with booleans that lack one somewhere as 1 and 0.

    FITS has a logical value that is missing, but astropy reads it as False; it masks an
    integer that stands for NULL, as other readers do.
    """
    kinds = zip(relation.columns, map(str, relation.types), strict=True)
    names = [quote_identifier(name) for name, kind in kinds if kind == "BOOLEAN"]
    found = _ask(relation, [f"count(*) > count({name})" for name in names])
    lacking = {name for name, lacks in zip(names, found, strict=True) if lacks}
    return relation.select(
        ", ".join(
            f"{name}::utinyint as {name}" if name in lacking else name
            for name in map(quote_identifier, relation.columns)
        )
    )


def _null_of(
    relation: duckdb.DuckDBPyRelation, column: OutputColumn, measure: _Measure
) -> tuple[int | None, pa.DataType]:
    """Return what stands for a missing integer, and the type that has room for it."""
    element = column.element
    if not measure.missing or element not in _INTEGERS:
        return None, element
    _, lowest, highest, wider = _INTEGERS[element]
    free = []
    if measure.low is None or measure.low > lowest:
        free.append(lowest)
    if measure.high is None or measure.high < highest:
        free.append(highest)
    if free:
        # Nobody expects 0 to be missing.
        return free[-1] if element == pa.uint8() else free[0], element
    if wider is not None:
        return _INTEGERS[wider][1], wider
    return _gap(relation, column), element


def _gap(relation: duckdb.DuckDBPyRelation, column: OutputColumn) -> int:
    """Return an integer that a column of 64 bits with both extremes does not have."""
    elements = (
        _flat(column) if column.is_array else f"[{quote_identifier(column.name)}]"
    )
    highest = _INTEGERS[pa.int64()][2]
    values = relation.select(f"unnest({elements}) as x").distinct()
    following = values.select(f"case when x < {highest} then x + 1 end as x")
    ((found,),) = following.except_(values).aggregate("min(x)").fetchall()
    if found is None:
        raise UsageError(f"{column.name} leaves no integer to stand for NULL.")
    return int(found)


def _flat(column: OutputColumn) -> str:
    """Return SQL for the elements of a cell as one list."""
    name = quote_identifier(column.name)
    if column.varies:
        return name
    kind = "varchar" if column.is_text else _INTEGERS[column.element][0]
    text = f"{name}::{kind}{'[]' * len(column.shape)}"
    for _ in column.shape[1:]:
        text = f"flatten({text})"
    return text


def _measures(relation: duckdb.DuckDBPyRelation, schema: pa.Schema) -> list[_Measure]:
    """Return what is to be known of every column, from one look at the rows."""
    asked = [_expressions(field) for field in schema]
    answers = iter(_ask(relation, [sql for part in asked for sql in part.values()]))
    return [
        _Measure(**{k: v for k in part if (v := next(answers)) is not None})
        for part in asked
    ]


def _expressions(field: pa.Field) -> dict[str, str]:
    element, shape, varies = structure_of(field.type)
    column = OutputColumn(field.name, element, shape, varies)
    name = quote_identifier(field.name)
    asked = {}
    if varies:
        asked["longest"] = f"max(len({name}))"
        asked["elements"] = f"sum(len({name}))::bigint"
    if column.is_text and column.is_array:
        widths = f"list_transform({_flat(column)}, lambda e: strlen(e))"
        asked["bytes"] = f"max(list_max({widths}))"
    elif column.is_text:
        asked["bytes"] = f"max(strlen({name}))"
        asked["is_ascii"] = f"not bool_or(strlen({name}) > length({name}))"
    elif element in _INTEGERS and column.is_array:
        flat = _flat(column)
        count = f"len({name})" if varies else str(math.prod(shape))
        gone = f"list_count({flat}) < {count}"
        asked["missing"] = gone if varies else f"{name} is null or {gone}"
        asked["missing"] = f"bool_or({asked['missing']})"
        asked["low"] = f"min(list_min({flat}))"
        asked["high"] = f"max(list_max({flat}))"
    elif element in _INTEGERS:
        asked["missing"] = f"count(*) > count({name})"
        asked["low"], asked["high"] = f"min({name})", f"max({name})"
    return asked


def _ask(relation: duckdb.DuckDBPyRelation, expressions: Sequence[str]) -> list[Any]:
    """Return the values of aggregates, in few queries however many they are."""
    values: list[Any] = []
    for first in range(0, len(expressions), _AT_ONCE):
        part = expressions[first : first + _AT_ONCE]
        values += relation.aggregate(", ".join(part)).fetchall()[0]
    return values
