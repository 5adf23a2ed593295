"""Values of FITS binary tables: from the bytes of many rows to Arrow arrays."""

import math
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.readers.fits_header import FitsField

Bytes = npt.NDArray[np.uint8]
# DuckDB's ARRAY type ends here.
MAX_CELL = 100_000

_PLAIN_TYPES = {
    "L": pa.bool_(), "X": pa.bool_(), "B": pa.uint8(), "I": pa.int16(),
    "J": pa.int32(), "K": pa.int64(), "E": pa.float32(), "D": pa.float64(),
    "A": pa.string(), "C": pa.list_(pa.float32(), 2), "M": pa.list_(pa.float64(), 2),
}  # fmt: skip
_NUMPY_CODES = {
    "L": "u1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8",
    "C": ">f4", "M": ">f8",
}  # fmt: skip
# TZERO that turns an integer type into the one of the other signedness.
_FLIPPED = {
    "B": (-128, pa.int8()),
    "I": (2**15, pa.uint16()),
    "J": (2**31, pa.uint32()),
    "K": (2**63, pa.uint64()),
}


def arrow_type(field: FitsField) -> pa.DataType:
    """Return the Arrow type that holds the field's values exactly."""
    item = _item_type(field)
    for length in reversed(field.shape):
        item = pa.list_(item, length)
    return item


def why_unreadable(field: FitsField) -> str:
    """Return why a field's values cannot be read, or nothing."""
    if field.code in "PQ":
        return "it holds arrays of varying length"
    if math.prod(field.shape) > MAX_CELL:
        return f"its cells have more than {MAX_CELL} elements"
    return ""


def decode(field: FitsField, rows: Bytes, nulls: Counter[str]) -> pa.Array:
    """Return one field of a block of rows.

    Parameters
    ----------
    field : FitsField
        Which bytes of a row, and what they mean.
    rows : ndarray of shape (n_rows, row_bytes)
        The bytes of the rows.
    nulls : Counter
        Counts the values that become NULL, by rule.
    """
    if field.width == 0 or field.item == 0:
        nulls["zero width"] += len(rows)
        return pa.nulls(len(rows), arrow_type(field))
    values = _decode_items(field, rows, nulls)
    for length in reversed(field.shape):
        values = pa.FixedSizeListArray.from_arrays(values, length)
    return values


def _item_type(field: FitsField) -> pa.DataType:
    plain = _PLAIN_TYPES.get(field.code, pa.null())
    if field.code not in _FLIPPED or (field.scale, field.zero) == (1, 0):
        scaled = field.code in "EDCM" and (field.scale, field.zero) != (1, 0)
        return pa.float64() if scaled and field.code in "ED" else plain
    zero, flipped = _FLIPPED[field.code]
    if field.scale == 1 and field.zero == zero:
        return flipped
    return pa.int64() if _shifts_exactly(field) else pa.float64()


def _shifts_exactly(field: FitsField) -> bool:
    """Return whether the scaled values are integers that fit an int64."""
    small = field.code in "BIJ" and abs(field.zero) < 2**62
    return field.scale == 1 and float(field.zero).is_integer() and small


def _decode_items(field: FitsField, rows: Bytes, nulls: Counter[str]) -> pa.Array:
    """Return the elements of all cells, one after the other."""
    cells = rows[:, field.offset : field.offset + field.width]
    if field.code == "A":
        texts = np.ascontiguousarray(cells).reshape(-1, field.item)
        return _decode_texts(field, texts, nulls)
    if field.code == "X":
        bits = np.unpackbits(np.ascontiguousarray(cells), axis=1)
        return pa.array(bits[:, : max(math.prod(field.shape), 1)].ravel().view(bool))
    if field.code == "L":
        return _decode_logicals(field, np.ascontiguousarray(cells).ravel(), nulls)
    return _decode_numbers(field, cells, nulls)


def _decode_numbers(field: FitsField, cells: Bytes, nulls: Counter[str]) -> pa.Array:
    big_endian = np.dtype(_NUMPY_CODES[field.code])
    raw = cells.view(big_endian)
    values = raw.astype(big_endian.newbyteorder("="), order="C").ravel()
    mask = None
    if field.null is not None:
        mask = values == field.null
        count = int(np.count_nonzero(mask))
        nulls["TNULL"] += count
        mask = mask if count else None
    if field.code in "CM":
        pairs = _apply_scale(field, values)
        item = _item_type(field)
        return pa.FixedSizeListArray.from_arrays(pa.array(pairs), type=item)
    return pa.array(_apply_scale(field, values), type=_item_type(field), mask=mask)


def _apply_scale(
    field: FitsField, values: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    """Return TSCAL × value + TZERO, in integers wherever those are exact."""
    if (field.scale, field.zero) == (1, 0) or field.code in "CM":
        return values
    if field.code in _FLIPPED:
        zero, flipped = _FLIPPED[field.code]
        if field.scale == 1 and field.zero == zero:
            # Adding half the range flips the highest bit, in either direction.
            unsigned = values.view(f"u{field.item}")
            highest = unsigned.dtype.type(1 << (8 * field.item - 1))
            flipped_values: npt.NDArray[np.generic] = unsigned ^ highest
            return flipped_values.view(flipped.to_pandas_dtype())
        if _shifts_exactly(field):
            return values.astype(np.int64) + int(field.zero)
    return values.astype(np.float64) * field.scale + field.zero


def _decode_logicals(field: FitsField, codes: Bytes, nulls: Counter[str]) -> pa.Array:
    is_true = codes == ord("T")
    unset = ~(is_true | (codes == ord("F")))
    nulls["logical null"] += int(np.count_nonzero(unset))
    return pa.array(is_true, mask=unset)


def _decode_texts(field: FitsField, cells: Bytes, nulls: Counter[str]) -> pa.Array:
    """Return texts without padding: they end at the first NUL, blanks are cut off."""
    texts = _trim(cells)
    if _holds_nul(texts):
        texts = _trim(_blank_after_nul(cells))
    if cells.size and cells.max() > 127:
        texts = _as_utf8(texts)
    blank = pc.equal(pc.binary_length(texts), 0)
    n_blank = pc.sum(blank).as_py() or 0
    if n_blank:
        nulls["blank"] += n_blank
        texts = pc.if_else(blank, pa.scalar(None, pa.string()), texts)
    return texts


def _trim(cells: Bytes) -> pa.StringArray:
    """Return each row of characters without the blanks and NULs at its end."""
    count, width = cells.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    padded = pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(cells)
    )
    return pc.ascii_rtrim(padded, characters=" \0")


def _holds_nul(texts: pa.StringArray) -> bool:
    data = texts.buffers()[2]
    characters = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return bool(characters.size and not characters.min())


def _blank_after_nul(cells: Bytes) -> Bytes:
    """Return the characters with everything from the first NUL on made blank."""
    ended = np.logical_or.accumulate(cells == 0, axis=1)
    return np.where(ended, np.uint8(ord(" ")), cells)


def _as_utf8(texts: pa.StringArray) -> pa.StringArray:
    """Return texts as valid UTF-8; what is not is read as Latin-1."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        # Only a file that breaks the standard's ASCII gets here.
        return pa.array([_decode_text(text) for text in texts.cast(pa.binary())])
    return texts


def _decode_text(text: pa.BinaryScalar) -> str:
    raw: bytes = text.as_py()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
