"""Columns of a table in types that FITS, VOTable and ECSV have."""

import re

import duckdb
import pyarrow as pa

from stellarwh.fitswriter import FitsColumn
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.votablewriter import VotableColumn

# TNULL of an integer column: the smallest value of its type.
_SMALLEST = {pa.int16(): -(2**15), pa.int32(): -(2**31), pa.int64(): -(2**63)}
_PLAIN = re.compile(
    r"(BOOLEAN|UTINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE)(\[[1-9]\d*\])?|VARCHAR"
)


def ecsv_text(field: pa.Field) -> str:
    """Return SQL for a column as ECSV spells it."""
    name = quote_identifier(field.name)
    if pa.types.is_boolean(field.type):
        return f"case when {name} then 'True' when not {name} then 'False' end"
    if not pa.types.is_fixed_size_list(field.type):
        return name
    text = f"{name}::varchar"
    for found, json_word in (("NULL", "null"), ("nan", "NaN"), ("inf", "Infinity")):
        text = f"replace({text}, '{found}', '{json_word}')"
    return text


def plain_relation(
    connection: duckdb.DuckDBPyConnection, name: str
) -> duckdb.DuckDBPyRelation:
    """Return a table with its columns in types that FITS and VOTable have."""
    relation = connection.sql(f"from {quote_table(name)}")
    return relation.select(
        ", ".join(
            f"{_plain(relation, column, str(kind))} as {quote_identifier(column)}"
            for column, kind in zip(relation.columns, relation.types, strict=True)
        )
    )


def _plain(relation: duckdb.DuckDBPyRelation, column: str, kind: str) -> str:
    """Return SQL that gives a column in a type that FITS and VOTable have."""
    name = quote_identifier(column)
    if _PLAIN.fullmatch(kind):
        return name
    if kind == "VARCHAR[]":
        return f"array_to_string({name}, ';')"
    if kind == "TINYINT":
        return f"{name}::smallint"
    if kind in ("USMALLINT", "UINTEGER"):
        return f"{name}::bigint"
    if kind in ("UBIGINT", "HUGEINT", "UHUGEINT"):
        # Ids must not pass through a float; what is too large for 64 bits is text.
        fits = f"count({name}) = count(try_cast({name} as bigint))"
        return f"{name}::{'bigint' if _single(relation, fits) else 'varchar'}"
    if kind.startswith("DECIMAL"):
        return f"{name}::double"
    return f"{name}::varchar"


def votable_column(
    relation: duckdb.DuckDBPyRelation, field: pa.Field, facts: dict[str, str]
) -> VotableColumn:
    """Return how VOTable describes a column; some of it depends on the values."""
    name = quote_identifier(field.name)
    width, null, is_ascii = 1, None, True
    if pa.types.is_string(field.type):
        width = _text_width(relation, name)
        wide = (
            f"coalesce(bool_or(octet_length(encode({name})) > length({name})), false)"
        )
        is_ascii = not _single(relation, wide)
    elif pa.types.is_fixed_size_list(field.type):
        width = field.type.list_size
        null = _null_of_elements(relation, name, field.type)
    return VotableColumn(field.name, field.type, width, is_ascii, null, **facts)


def fits_column(
    relation: duckdb.DuckDBPyRelation, field: pa.Field, facts: dict[str, str]
) -> FitsColumn:
    """Return how FITS describes a column; some of it depends on the values."""
    name = quote_identifier(field.name)
    width, null = 1, None
    if pa.types.is_string(field.type):
        width = _text_width(relation, name)
    elif pa.types.is_fixed_size_list(field.type):
        width = field.type.list_size
        null = _null_of_elements(relation, name, field.type)
    elif field.type in _SMALLEST:
        has_missing = _single(relation, f"count(*) - count({name})")
        null = _SMALLEST[field.type] if has_missing else None
    return FitsColumn(field.name, field.type, width, null, **facts)


def _text_width(relation: duckdb.DuckDBPyRelation, name: str) -> int:
    """Return the bytes of a column's longest text."""
    return _single(relation, f"max(octet_length(encode({name})))") or 1


def _null_of_elements(
    relation: duckdb.DuckDBPyRelation, name: str, kind: pa.FixedSizeListType
) -> int | None:
    """Return what stands for a missing element, if any is missing."""
    missing = f"coalesce(bool_or(list_count({name}) < {kind.list_size}), false)"
    return _SMALLEST.get(kind.value_type) if _single(relation, missing) else None


def _single(relation: duckdb.DuckDBPyRelation, expression: str) -> int | None:
    found = relation.aggregate(expression).fetchall()
    return None if found[0][0] is None else int(found[0][0])
