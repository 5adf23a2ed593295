"""Convert a file's values to a raw table's types: exactly, or not at all."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.words import NULL_WORDS, WEAK_NULL_WORDS
from stellarwh.errors import InputFileError

_ARROW_OF_DUCKDB = {
    "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(), "BIGINT": pa.int64(), "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(), "VARCHAR": pa.string(),
}  # fmt: skip
_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
# Why a whole number that came as a float is NULL: it may have been another one.
ROUNDED = "rounded by a float"
# Whole numbers as texts: 5, +5, 5. and 5.00 are the same.
_WHOLE = r"^\+?(-?\d+)(?:\.0*)?$"


class InexactError(InputFileError):
    """A value that the column's type cannot hold as it is."""


def arrow_type_of(duckdb_type: str) -> pa.DataType:
    """Return the Arrow type of a declared DuckDB type such as ``BIGINT[9]``."""
    base, *lengths = re.split(r"[\[\]]+", duckdb_type.rstrip("]"))
    arrow = _ARROW_OF_DUCKDB[base]
    for length in lengths:
        arrow = pa.list_(arrow, int(length))
    return arrow


def widen(declared: pa.DataType, found: pa.DataType) -> pa.DataType:
    """Return the type a raw column gets: the declared one, or the file's if wider.

    A file's values are never narrowed. Text takes the declared type, and so do kinds
    that do not mix; there the conversion decides whether the values fit.
    """
    if pa.types.is_fixed_size_list(declared) and pa.types.is_fixed_size_list(found):
        return pa.list_(widen(declared.value_type, found.value_type), found.list_size)
    if pa.types.is_floating(declared):
        return pa.float64() if _needs_double(found) else declared
    if pa.types.is_integer(declared) and pa.types.is_integer(found):
        fitting = [t for t in _INTEGERS if _holds(t, found) and _holds(t, declared)]
        return fitting[0] if fitting else found
    return declared


def _needs_double(found: pa.DataType) -> bool:
    wide_integer = pa.types.is_integer(found) and found.bit_width > 16
    return bool(found == pa.float64() or wide_integer)


def _holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    signed = pa.types.is_signed_integer(narrow)
    return bool(wide.bit_width >= narrow.bit_width + (0 if signed else 1))


def convert(array: pa.Array, target: pa.DataType, rules: Counter[str]) -> pa.Array:
    """Return ``array`` as ``target`` with every value unchanged.

    Parameters
    ----------
    array : pyarrow.Array
        Values as the file has them.
    target : pyarrow.DataType
        Type of the raw column.
    rules : Counter
        Counts the values that become NULL, by rule.

    Raises
    ------
    InexactError
        If a value cannot be held exactly; the message shows the first one.
    """
    found = array.type
    if found == target:
        return array
    if pa.types.is_fixed_size_list(found) or pa.types.is_fixed_size_list(target):
        return _convert_cells(array, target, rules)
    if pa.types.is_string(found):
        return _convert_texts(array, target, rules)
    if pa.types.is_string(target):
        if pa.types.is_floating(found):
            raise InexactError("holds numbers with a fraction where text is expected")
        return pc.cast(array, target)
    if pa.types.is_floating(found) and pa.types.is_integer(target):
        array = _without_rounded(array, rules)
    return _exactly(array, target, lambda part: pc.cast(part, target, safe=True))


def _without_rounded(numbers: pa.Array, rules: Counter[str]) -> pa.Array:
    """Return whole numbers without those that a float does not hold exactly."""
    limit = 2.0**24 if numbers.type == pa.float32() else 2.0**53
    rounded = pc.and_(pc.greater_equal(pc.abs(numbers), limit), pc.is_finite(numbers))
    count = pc.sum(rounded).as_py() or 0
    if not count:
        return numbers
    rules[ROUNDED] += count
    return pc.if_else(rounded, pa.scalar(None, numbers.type), numbers)


def _convert_cells(
    array: pa.Array, target: pa.DataType, rules: Counter[str]
) -> pa.Array:
    found = array.type
    both = pa.types.is_fixed_size_list(found) and pa.types.is_fixed_size_list(target)
    if not both or found.list_size != target.list_size:
        raise InexactError(f"holds {_name(found)} where {_name(target)} is expected")
    items = convert(array.values, target.value_type, rules)
    return pa.FixedSizeListArray.from_arrays(items, type=target)


def _convert_texts(
    array: pa.Array, target: pa.DataType, rules: Counter[str]
) -> pa.Array:
    """Read numbers written as text: ``55860.0`` is an integer, ``55860.5`` is not."""
    if pa.types.is_floating(target):
        # Most columns hold numbers alone, which words and blanks around need no care.
        try:
            return _parse(array, target)
        except pa.ArrowInvalid:
            pass
    texts = pc.utf8_trim_whitespace(array)
    if not pa.types.is_string(target):
        texts = _without_null_words(texts, rules)
    if pa.types.is_integer(target):
        return _exactly(texts, target, lambda part: _whole(part, target, rules))
    return _exactly(texts, target, lambda part: _parse(part, target))


def _whole(texts: pa.StringArray, target: pa.DataType, rules: Counter[str]) -> pa.Array:
    """Return whole numbers; only those with an exponent pass through a float."""
    if not pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
        try:
            return pc.cast(texts, target)
        except pa.ArrowInvalid:
            pass
    digits = pc.replace_substring_regex(texts, _WHOLE, r"\1")
    plain = pc.match_substring_regex(digits, r"^-?\d+$")
    whole = pc.cast(pc.if_else(plain, digits, None), target)
    rest = pc.cast(pc.if_else(plain, None, texts), pa.float64())
    exact = pc.cast(_without_rounded(rest, Counter()), target, safe=True)
    _without_rounded(rest, rules)
    return pc.coalesce(whole, exact)


def _parse(texts: pa.StringArray, target: pa.DataType) -> pa.Array:
    numbers = pc.cast(texts, target)
    if pa.types.is_floating(target) and pc.any(pc.is_inf(numbers)).as_py():
        said = pc.match_substring_regex(texts, r"^[+-]?[iI]")
        if pc.any(pc.and_not(pc.is_inf(numbers), said)).as_py():
            raise pa.ArrowInvalid("a number beyond the largest one")
    return numbers


def without_null_words(
    texts: pa.StringArray, words: tuple[str, ...]
) -> tuple[pa.StringArray, int]:
    """Return texts with NULL in place of words for no value, and how many they are."""
    found = pc.is_in(pc.utf8_lower(texts), value_set=_array_of(words))
    count = pc.sum(found).as_py() or 0
    if not count:
        return texts, 0
    return pc.if_else(found, pa.scalar(None, pa.string()), texts), count


@cache
def _array_of(words: tuple[str, ...]) -> pa.StringArray:
    """Return words as an array; only for texts, as `pyarrow.array` loads pandas."""
    return pa.array(words)


def _without_null_words(texts: pa.StringArray, rules: Counter[str]) -> pa.StringArray:
    texts, count = without_null_words(texts, (*NULL_WORDS, *WEAK_NULL_WORDS))
    if count:
        rules["null word"] += count
    return texts


def _exactly(
    array: pa.Array, target: pa.DataType, cast: Callable[[pa.Array], pa.Array]
) -> pa.Array:
    """Return ``cast(array)``, or raise an error that shows the first misfit."""
    try:
        return cast(array)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        misfit = array
    # Halve down to the first value that does not fit.
    while len(misfit) > 1:
        half = misfit.slice(0, len(misfit) // 2)
        try:
            cast(half)
            misfit = misfit.slice(len(misfit) // 2)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            misfit = half
    value = misfit[0].as_py() if len(misfit) else None
    raise InexactError(f"holds {value!r} where {_name(target)} is expected")


def _name(arrow: pa.DataType) -> str:
    """Return a type in the words of the user."""
    if pa.types.is_fixed_size_list(arrow):
        return f"an array of {arrow.list_size}"
    if pa.types.is_integer(arrow):
        return f"a whole number ({arrow.bit_width} bits)"
    if pa.types.is_floating(arrow):
        return "a number"
    return "text" if pa.types.is_string(arrow) else str(arrow)
