"""Values of FITS binary tables: from the bytes of many rows to Arrow arrays."""

import math
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.fits.fields import FitsField
from stellarwh.errors import InputFileError

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
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
    if math.prod(field.shape) > MAX_CELL:
        return pa.null()
    item = item_type(field)
    for length in reversed(field.shape):
        item = pa.list_(item, length)
    return item


def why_unreadable(field: FitsField) -> str:
    """Return why a field's values cannot be read, or nothing."""
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
    values = decode_items(field, rows, nulls)
    for length in reversed(field.shape):
        values = pa.FixedSizeListArray.from_arrays(values, length)
    return values


def item_type(field: FitsField) -> pa.DataType:
    """Return the Arrow type of one element of a cell."""
    plain = _PLAIN_TYPES.get(field.code, pa.null())
    if not field.is_scaled or field.code not in "BIJKEDCM":
        return plain
    if field.code in "EDCM":
        return pa.list_(pa.float64(), 2) if field.code in "CM" else pa.float64()
    zero, flipped = _FLIPPED[field.code]
    if field.scale == 1 and field.zero == zero:
        return flipped
    return pa.int64() if shifts_exactly(field) else pa.float64()


def shifts_exactly(field: FitsField) -> bool:
    """Return whether the scaled values are integers that fit an int64."""
    whole = float(field.zero).is_integer() and -(2**63) <= field.zero < 2**63
    return field.scale == 1 and whole and field.code in "BIJK"


def decode_items(field: FitsField, rows: Bytes, nulls: Counter[str]) -> pa.Array:
    """Return the elements of all cells, one after the other.

    Parameters
    ----------
    field : FitsField
        Which bytes of a row, and what they mean.
    rows : ndarray of shape (n_rows, row_bytes)
        The bytes of the rows.
    nulls : Counter
        Counts the values that become NULL, by rule.
    """
    cells = rows[:, field.offset : field.offset + field.width]
    if field.code == "A":
        texts = np.ascontiguousarray(cells).ravel()
        offsets = np.arange(0, texts.size + 1, field.item, dtype=np.int32)
        return decode_texts(texts, offsets, nulls)
    if field.code == "X":
        bits = np.unpackbits(np.ascontiguousarray(cells), axis=1)
        return _booleans(bits[:, : max(math.prod(field.shape), 1)].ravel().view(bool))
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
        scaled = _apply_scale(field, values.view(f"c{field.item}")).view(
            "f4" if field.code == "C" and not field.is_scaled else "f8"
        )
        item = item_type(field)
        parts = _numbers(scaled, item.value_type)
        return pa.FixedSizeListArray.from_arrays(parts, type=item)
    return _numbers(_apply_scale(field, values), item_type(field), mask)


def _numbers(
    values: npt.NDArray[np.generic], arrow: pa.DataType, mask: Mask | None = None
) -> pa.Array:
    """Return contiguous numbers as an Arrow array, without copying them.

    `pyarrow.array` does the same, but imports pandas where that is installed, which
    takes longer than reading most files.
    """
    exact = values.astype(arrow.to_pandas_dtype(), copy=False)
    buffers = [_validity(mask), pa.py_buffer(exact)]
    return pa.Array.from_buffers(arrow, len(values), buffers)


def _booleans(values: Mask, mask: Mask | None = None) -> pa.BooleanArray:
    bits = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [_validity(mask), bits])


def _validity(mask: Mask | None) -> pa.Buffer | None:
    """Return Arrow's bitmap of the values that are not NULL."""
    if mask is None:
        return None
    return pa.py_buffer(np.packbits(~mask, bitorder="little"))


def _apply_scale(
    field: FitsField, values: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    """Return TSCAL × value + TZERO, in integers wherever those are exact."""
    if not field.is_scaled:
        return values
    if field.code in _FLIPPED:
        zero, flipped = _FLIPPED[field.code]
        if field.scale == 1 and field.zero == zero:
            # Adding half the range flips the highest bit, in either direction.
            unsigned = values.view(f"u{field.item}")
            highest = unsigned.dtype.type(1 << (8 * field.item - 1))
            flipped_values: npt.NDArray[np.generic] = unsigned ^ highest
            return flipped_values.view(flipped.to_pandas_dtype())
        if shifts_exactly(field):
            return _shifted(field, values.astype(np.int64))
    wide = values.astype(np.complex128 if field.code in "CM" else np.float64)
    with np.errstate(all="ignore"):
        scaled = wide * field.scale
        # Adding nothing would still turn -0.0 into 0.0.
        return scaled + field.zero if field.zero else scaled


def _shifted(
    field: FitsField, values: npt.NDArray[np.int64]
) -> npt.NDArray[np.generic]:
    """Return values + TZERO; ids of 64 bits must not pass through a float."""
    zero = int(field.zero)
    info = np.iinfo(np.int64)
    if values.size and not (
        info.min <= int(values.min()) + zero and int(values.max()) + zero <= info.max
    ):
        raise InputFileError(
            f"The column {field.name} holds numbers that with its TZERO of {zero} do "
            "not fit 64 bits; leave it out."
        )
    return values + zero


def _decode_logicals(field: FitsField, codes: Bytes, nulls: Counter[str]) -> pa.Array:
    # T and F alone are values; a zero byte is an undefined one (FITS 4.0, 7.3.3.1), and
    # any other byte is none that the standard knows. astropy gives False for both.
    is_true = codes == ord("T")
    unset = ~(is_true | (codes == ord("F")))
    nulls["logical null"] += int(np.count_nonzero(unset))
    return _booleans(is_true, unset)


def decode_texts(
    characters: Bytes, offsets: npt.NDArray[np.int32], nulls: Counter[str]
) -> pa.Array:
    """Return texts without padding: they end at the first NUL, blanks are cut off.

    Parameters
    ----------
    characters : ndarray of shape (n_bytes,)
        All texts, one after the other.
    offsets : ndarray of shape (n_texts + 1,)
        Where each text begins, and where the last one ends.
    nulls : Counter
        Counts the blank texts, which become NULL.
    """
    texts = pa.StringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(characters)
    )
    texts = pc.ascii_rtrim(texts, characters=" \0")
    if _holds_nul(texts):
        ended = pc.replace_substring_regex(texts.view(pa.binary()), "(?s)\0.*", "")
        texts = pc.ascii_rtrim(ended.view(pa.string()), characters=" ")
    if characters.size and characters.max() > 127:
        texts = _as_utf8(texts)
    _, offsets_buffer, data = texts.buffers()
    lengths = np.diff(np.frombuffer(offsets_buffer, np.int32)[: len(texts) + 1])
    blank = lengths == 0
    n_blank = int(np.count_nonzero(blank))
    if not n_blank:
        return texts
    nulls["blank"] += n_blank
    buffers = [_validity(blank), offsets_buffer, data]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


def _holds_nul(texts: pa.StringArray) -> bool:
    data = texts.buffers()[2]
    characters = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return bool(characters.size and not characters.min())


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
