"""SQL that spells the values of a column as JSON, whatever their type.

DuckDB's own spelling has ``NaN`` and ``Infinity``, which are no JSON.
"""

from collections.abc import Callable

from duckdb.sqltypes import DuckDBPyType

from stellarwh.quoting import quote_text

_WHOLE = {
    "tinyint", "smallint", "integer", "bigint", "hugeint", "bignum", "varint",
    "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
}  # fmt: skip
_WIDE = {"bigint", "ubigint", "hugeint", "uhugeint", "bignum", "varint"}
# Beyond it, a double no longer holds every whole number; many readers of JSON use one.
_EXACT = 2**53
# What is left of JSON without its texts, where it is JSON as the standard has it.
_PLAIN = r"(?:[\[\]{}:,\s0-9eE+\-.]|true|false|null)*"
_TEXTS = r'"(?:\\.|[^"\\])*"'


def json_of(value: str, kind: DuckDBPyType, *, wide_as_text: bool = False) -> str:
    """Return SQL for the JSON text of an expression, never NULL.

    NaN and infinity, which JSON has not, become null; times, intervals, UUIDs, BLOBs
    and the like are texts as DuckDB writes them.

    Parameters
    ----------
    value : str
        A SQL expression.
    kind : DuckDBPyType
        Its type.
    wide_as_text : bool
        Write whole numbers beyond 2^53 as texts.
    """
    return _json(value, kind, wide_as_text, 0)


def can_be_wide(kind: DuckDBPyType) -> bool:
    """Say whether whole numbers of a type can lie beyond 2^53."""
    return kind.id in _WIDE or (
        kind.id == "decimal" and dict(kind.children)["scale"] == 0
    )


def is_wide(value: str) -> str:
    """Return SQL that is true where a whole number lies beyond 2^53."""
    return f"({value} > {_EXACT} or {value} < -{_EXACT})"


def _json(value: str, kind: DuckDBPyType, wide: bool, depth: int) -> str:
    here = f"stellarwh_x{depth}"

    def inner(expression: str, child: DuckDBPyType) -> str:
        return _json(expression, child, wide, depth + 1)

    if kind.id in ("list", "array"):
        child = _children(kind)[0][1]
        spelled = _listed(value, here, inner(here, child))
    elif kind.id == "map":
        child = _children(kind)[1][1]
        pair = (
            f"{json_text(here + '.key::varchar')} || ': ' || "
            f"{inner(here + '.value', child)}"
        )
        spelled = _listed(f"map_entries({value})", here, pair, "{}")
    elif kind.id in ("struct", "tuple"):
        spelled = _struct(value, kind, inner)
    elif kind.id == "boolean" or kind.id in _WHOLE or kind.id == "decimal":
        spelled = f"{value}::varchar"
        if wide and can_be_wide(kind):
            text = json_text(spelled)
            spelled = f"case when {is_wide(value)} then {text} else {spelled} end"
    elif kind.id in ("double", "float"):
        spelled = f"case when isfinite({value}) then {value}::varchar end"
    elif str(kind) == "JSON":
        # DuckDB takes NaN, comments and commas too many in JSON.
        left = f"regexp_replace({value}::varchar, {quote_text(_TEXTS)}, '0', 'g')"
        spelled = (
            f"case when regexp_full_match({left}, {quote_text(_PLAIN)}) "
            f"and not regexp_matches({left}, ',\\s*[\\]}}]') "
            f"then {value}::varchar else {json_text(value + '::varchar')} end"
        )
    else:
        spelled = json_text(f"{value}::varchar")
    return f"coalesce({spelled}, 'null')"


def _children(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """Return the parts of a nested type; the length of an array is none."""
    return [(n, child) for n, child in kind.children if isinstance(child, DuckDBPyType)]


def _struct(
    value: str, kind: DuckDBPyType, inner: Callable[[str, DuckDBPyType], str]
) -> str:
    names = [name for name, _ in _children(kind)]
    parts = []
    for position, (name, child) in enumerate(_children(kind), 1):
        spelled = inner(f"struct_extract_at({value}, {position})", child)
        parts.append(
            f"{json_text(quote_text(name))} || ': ' || {spelled}" if name else spelled
        )
    open_, close = "{}" if all(names) else "[]"
    joined = " || ', ' || ".join(parts)
    return f"case when {value} is not null then '{open_}' || {joined} || '{close}' end"


def _listed(value: str, name: str, spelled: str, brackets: str = "[]") -> str:
    """Return SQL that joins what is spelled of each element; NULL for no list."""
    texts = f"list_transform({value}, lambda {name}: {spelled})"
    joined = f"coalesce(list_aggregate({texts}, 'string_agg', ', '), '')"
    return (
        f"case when {value} is not null then "
        f"'{brackets[0]}' || {joined} || '{brackets[1]}' end"
    )


def json_text(expression: str) -> str:
    """Return SQL for the JSON of an expression that is text."""
    return f"to_json({expression})::varchar"
