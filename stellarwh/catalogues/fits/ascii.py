"""Columns of FITS ASCII tables (XTENSION= 'TABLE'): numbers written out as text."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.fits.fields import FitsField
from stellarwh.catalogues.fits.values import Bytes, decode_texts, shifts_exactly
from stellarwh.errors import InputFileError

# Checked before casting: Arrow takes 0x10 for a number too.
_IS_INTEGER = r"^[+-]?[0-9]+$"
# A D for the E of an exponent, or no letter at all (FITS 4.0, 7.2.5).
_EXPONENT = r"([0-9.])[dDeE]?([+-]?[0-9]+)$"
_HAS_EXPONENT = r"[0-9.](?:[dDeE][+-]?|[+-])[0-9]+$"


def ascii_type(field: FitsField) -> pa.DataType:
    """Return the Arrow type that holds the values of a column of an ASCII table."""
    if field.code == "A":
        return pa.string()
    return pa.int64() if shifts_exactly(field) else pa.float64()


def decode_ascii(field: FitsField, rows: Bytes, nulls: Counter[str]) -> pa.Array:
    """Return one column of a block of rows of an ASCII table.

    Parameters
    ----------
    field : FitsField
        Which characters of a row, and what they mean.
    rows : ndarray of shape (n_rows, row_bytes)
        The characters of the rows.
    nulls : Counter
        Counts the values that become NULL, by rule.

    Raises
    ------
    InputFileError
        If a cell is no number, or an integer that does not fit 64 bits.
    """
    cells = rows[:, field.offset : field.offset + field.width]
    offsets = np.arange(0, cells.size + 1, field.width, dtype=np.int32)
    texts = decode_texts(np.ascontiguousarray(cells).ravel(), offsets, nulls)
    trimmed = pc.utf8_trim(texts, characters=" ")
    if field.null_text:
        is_null = pc.fill_null(pc.equal(trimmed, field.null_text), False)
        nulls["TNULL"] += pc.sum(is_null).as_py() or 0
        nothing = pa.scalar(None, pa.string())
        texts = pc.if_else(is_null, nothing, texts)
        trimmed = pc.if_else(is_null, nothing, trimmed)
    if field.code == "A":
        return texts
    if field.code == "I":
        return _scale_integers(field, _to_integers(field, trimmed))
    return _scale(field, _to_floats(field, trimmed))


def _to_integers(field: FitsField, texts: pa.StringArray) -> pa.Int64Array:
    is_integer = pc.match_substring_regex(texts, _IS_INTEGER)
    _require(field, texts, is_integer, "no integer")
    try:
        return pc.cast(pc.utf8_ltrim(texts, characters="+"), pa.int64())
    except pa.ArrowInvalid:
        raise InputFileError(
            f"The column {field.name} holds integers that do not fit 64 bits; "
            "leave it out."
        ) from None


def _to_floats(field: FitsField, texts: pa.StringArray) -> pa.DoubleArray:
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        has_exponent = pc.match_substring_regex(texts, _HAS_EXPONENT)
        plain = pc.replace_substring_regex(texts, _EXPONENT, r"\1E\2")
        values = _cast_floats(field, pc.if_else(has_exponent, plain, texts))
    # Without a point, the last digits are decimals (deprecated, but the standard).
    whole = pc.match_substring_regex(texts, r"^[+-]?[0-9]+(?:[^0-9.]|$)")
    if field.decimals and pc.any(whole).as_py():
        shifted = pc.divide(values, 10.0**field.decimals)
        values = pc.if_else(whole, shifted, values)
    return values


def _cast_floats(field: FitsField, texts: pa.StringArray) -> pa.DoubleArray:
    try:
        return pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        looks_right = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E[+-]?[0-9]+)?$"
        is_number = pc.match_substring_regex(texts, looks_right)
        _require(field, texts, is_number, "no number")
        raise


def _require(
    field: FitsField, texts: pa.StringArray, holds: pa.BooleanArray, what: str
) -> None:
    """Refuse texts for which a condition does not hold; NULL is exempt."""
    if pc.all(holds).as_py() is False:
        text = pc.filter(texts, pc.invert(holds))[0].as_py()
        raise InputFileError(
            f"The column {field.name} holds {text!r}, which is {what}; its TFORM "
            f"starts with {field.code}. Leave it out."
        )


def _scale_integers(field: FitsField, values: pa.Int64Array) -> pa.Array:
    """Return TSCAL × value + TZERO, in integers where those are exact."""
    if not shifts_exactly(field):
        return _scale(field, pc.cast(values, pa.float64(), safe=False))
    try:
        return pc.add_checked(values, int(field.zero))
    except pa.ArrowInvalid:
        raise InputFileError(
            f"The column {field.name} holds numbers that with its TZERO of "
            f"{int(field.zero)} do not fit 64 bits; leave it out."
        ) from None


def _scale(field: FitsField, values: pa.DoubleArray) -> pa.DoubleArray:
    scaled = pc.multiply(values, float(field.scale)) if field.scale != 1 else values
    # Adding nothing would still turn -0.0 into 0.0.
    return pc.add(scaled, float(field.zero)) if field.zero else scaled
