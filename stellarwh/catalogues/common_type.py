"""The type that holds the values of a column of two files exactly."""

import re

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE")
# The whole numbers up to which a float holds every one.
EXACT_TO = {"FLOAT": 2**24, "DOUBLE": 2**53}
_ARRAY = re.compile(r"(.*)(\[\d*\])")


def common_type(one: str, other: str) -> str | None:
    """Return the narrowest type for the values of both types; None if there is none.

    Parameters
    ----------
    one, other : str
        Types of DuckDB, such as ``INTEGER`` or ``FLOAT[3]``. Whole numbers may have a
        float for their common type: whether it holds them is for `EXACT_TO` to tell.
    """
    if one == other:
        return one
    arrays = _ARRAY.fullmatch(one), _ARRAY.fullmatch(other)
    if arrays[0] and arrays[1]:
        if arrays[0][2] != arrays[1][2]:
            return None
        items = common_type(arrays[0][1], arrays[1][1])
        is_mixed = (arrays[0][1] in _FLOATS) != (arrays[1][1] in _FLOATS)
        return None if items is None or is_mixed else f"{items}{arrays[0][2]}"
    pair = {one, other}
    if pair <= set(_FLOATS):
        return "DOUBLE"
    if pair & set(_FLOATS):
        (whole,) = pair - set(_FLOATS) or {""}
        if whole in (*_INTEGERS[:2], *_UNSIGNED[:2]):
            return "FLOAT" if "FLOAT" in pair else "DOUBLE"
        return "DOUBLE" if whole in (*_INTEGERS, *_UNSIGNED) else None
    return _common_integer(one, other)


def _common_integer(one: str, other: str) -> str | None:
    for kinds in (_INTEGERS, _UNSIGNED):
        if one in kinds and other in kinds:
            return kinds[max(kinds.index(one), kinds.index(other))]
    if one in _UNSIGNED:
        one, other = other, one
    if one not in _INTEGERS or other not in _UNSIGNED:
        return None
    size = max(_INTEGERS.index(one), _UNSIGNED.index(other) + 1)
    return _INTEGERS[size] if size < len(_INTEGERS) else "HUGEINT"


def is_whole(kind: str) -> bool:
    """Return whether a type is one of whole numbers."""
    return kind in (*_INTEGERS, *_UNSIGNED)
