"""Types of the columns of a text file that declares none: the narrowest exact ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.convert import without_null_words
from stellarwh.catalogues.table import FileColumn, TableFile, no_nulls
from stellarwh.catalogues.words import NULL_WORDS, WEAK_NULL_WORDS
from stellarwh.errors import InputFileError

# Codes such as 007, and hexadecimal, which an integer would take by luck.
_NO_INTEGER = r"^[+-]?0[\dxX]"
_ZERO = r"^[+-]?0\d"
_NO_FLOAT = r"^[+-]?0\d+(?:[eE].*)?$"
# Whole numbers that a float may not hold, and all that are written as whole ones.
_LONG_INTEGER = r"^[+-]?\d{16,}\.?0*$"
_WRITTEN_WHOLE = r"^[+-]?\d+\.?0*$"
# Just below 2^63, as a float.
_LARGEST = 9.223372036854774e18


@dataclass
class _Kind:
    """What is known of a column so far."""

    is_text: bool = False
    has_numbers: bool = False
    has_null_words: bool = False  # those that are not likely to be values of a text
    has_weak_words: bool = False
    is_integer: bool = True  # as it is written: 5.0 is none
    has_negative_zero: bool = False  # which an integer is not
    has_long_integers: bool = False
    is_whole: bool = True  # 5.0 is whole

    @property
    def type(self) -> pa.DataType:
        """The narrowest type that holds the values exactly."""
        if self.is_text:
            return pa.string()
        if not self.has_numbers:
            only_null = self.has_null_words and not self.has_weak_words
            return pa.int64() if only_null else pa.string()
        if not self.has_negative_zero and self.is_integer:
            return pa.int64()
        if self.has_long_integers:
            fits = self.is_whole and not self.has_negative_zero
            return pa.int64() if fits else pa.string()
        return pa.float64()


def narrowest_types(
    table: TableFile, columns: Sequence[FileColumn], numbers: Sequence[int] = ()
) -> list[pa.DataType]:
    """Read a text file once and return the narrowest type for each column.

    A column is BIGINT if every value is an integer, DOUBLE if every value is a number
    that a double holds, else VARCHAR. Codes with leading zeros and hexadecimal stay
    text; words for no value do not count beside numbers.

    Parameters
    ----------
    table : TableFile
        A file whose values are text.
    columns : sequence of FileColumn
        The columns of interest.
    numbers : sequence of int
        Index of those that are DOUBLE if they hold nothing.

    Raises
    ------
    InputFileError
        If the file cannot be read, or has a comment among its rows.
    """
    kinds = [_Kind() for _ in columns]
    for batch in table.batches(columns, no_nulls()):
        for column, kind, array in zip(columns, kinds, batch.columns, strict=True):
            before = kind.has_numbers
            if not kind.is_text and array.null_count < len(array):
                _look(kind, array)
            if kind.is_text and column.index == 0:
                _refuse_comments(table, array, after_numbers=before)
    return [
        pa.float64()
        if column.index in numbers and not (kind.is_text or kind.has_numbers)
        else kind.type
        for column, kind in zip(columns, kinds, strict=True)
    ]


def _look(kind: _Kind, array: pa.Array) -> None:
    """Note what the values of this batch are."""
    if _are_numbers(kind, array):
        kind.has_numbers = True
        return
    texts, strong = without_null_words(pc.utf8_trim_whitespace(array), NULL_WORDS)
    texts, weak = without_null_words(texts, WEAK_NULL_WORDS)
    kind.has_null_words |= strong > 0
    kind.has_weak_words |= weak > 0
    if texts.null_count == len(texts):
        return
    kind.has_numbers = True
    kind.is_text = not _are_numbers(kind, texts)


def _are_numbers(kind: _Kind, texts: pa.StringArray) -> bool:
    """Return whether all are numbers that are not codes, and note which ones."""
    if not kind.is_integer:
        return _are_floats(kind, texts)
    try:
        integers = pc.cast(texts, pa.int64())
    except pa.ArrowInvalid:
        return _are_floats(kind, texts)
    zeros = _beginning_with_zero(texts)
    if _any_matches(zeros, _NO_INTEGER):
        return False
    limits = pc.min_max(integers)
    low, high = limits["min"].as_py(), limits["max"].as_py()
    if low <= 0 <= high and _any_matches(zeros, r"^-0$"):
        kind.has_negative_zero = True
    kind.has_long_integers |= max(-low, high) >= 10**15
    return True


def _are_floats(kind: _Kind, texts: pa.StringArray) -> bool:
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return False
    infinite = pc.is_inf(numbers)
    if pc.any(infinite).as_py():
        said = pc.match_substring_regex(texts, r"^[+-]?[iI]")
        if pc.any(pc.and_not(infinite, said)).as_py():
            return False
    zeros = _beginning_with_zero(texts)
    if _any_matches(zeros, _ZERO) and _any_matches(zeros, _NO_FLOAT):
        return False
    kind.is_integer = False
    largest = pc.max(pc.abs(numbers)).as_py()
    # Most columns are spared the slow pattern; a NaN tells nothing of the others.
    if not largest < 10**15:
        kind.has_long_integers |= _any_matches(texts, _LONG_INTEGER)
    if kind.is_whole:
        kind.is_whole = bool(pc.all(pc.equal(pc.floor(numbers), numbers)).as_py())
        if kind.is_whole and largest >= 2**53:
            written = pc.match_substring_regex(texts, _WRITTEN_WHOLE)
            kind.is_whole = bool(pc.all(written).as_py()) and largest < _LARGEST
        kind.has_negative_zero |= _any_matches(zeros, r"^-0(\.0*)?$")
    return True


def _refuse_comments(table: TableFile, array: pa.Array, *, after_numbers: bool) -> None:
    """Refuse a first column of numbers with comments between them."""
    is_comment = pc.match_substring_regex(array, r"^#")
    if not pc.any(is_comment).as_py():
        return
    others = _Kind()
    _look(others, pc.if_else(is_comment, pa.scalar(None, pa.string()), array))
    if not others.is_text and (others.has_numbers or after_numbers):
        shown = array.filter(is_comment)[0].as_py()[:60]
        raise InputFileError(
            f"{table.path} has a comment with as many fields as a row among its rows "
            f"('{shown}'); take such lines out."
        )


def _beginning_with_zero(texts: pa.StringArray) -> pa.StringArray:
    """Return the texts that begin with a zero, signed or not: patterns are slow."""
    found = pc.starts_with(texts, "0")
    for sign in "+-":
        found = pc.or_(found, pc.starts_with(texts, f"{sign}0"))
    return texts.filter(found)


def _any_matches(array: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, pattern)).as_py())
