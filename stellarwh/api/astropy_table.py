"""Results as tables of astropy."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from astropy import units
from astropy.table import Column as AstropyColumn
from astropy.table import MaskedColumn, QTable
from astropy.utils.masked import Masked

from stellarwh.api.columns import Column
from stellarwh.export.plain_columns import DOUBLE_DIGITS

_Array = npt.NDArray[Any]
_LOG_GRAVITY = units.dex(units.cm / units.s**2)
_ERRORS = ("stat.error", "stat.stdev")
# Integers that FITS or VOTable lacks, or that have no value to spare for NULL, come in
# a wider type, whatever the values are.
_WIDER = {
    pa.int8(): pa.int16(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
}


def to_qtable(table: pa.Table, columns: Sequence[Column]) -> QTable:
    """Return a table of astropy.

    Parameters
    ----------
    table : pyarrow.Table
        Rows, names unlike each other.
    columns : sequence of Column
        What is known of the columns.

    Returns
    -------
    astropy.table.QTable
        As `Result.to_astropy` says.
    """
    made = QTable()
    for values, column in zip(table.columns, columns, strict=True):
        cells, gone = _cells(values.combine_chunks())
        unit = _unit(column.unit) if cells.dtype.kind == "f" else None
        if unit == _LOG_GRAVITY and column.ucd.startswith(_ERRORS):
            unit = units.dex  # what is added to a logarithm, and no gravity
        made[column.name] = _column(cells, gone, unit)
        info = made[column.name].info
        if column.description:
            info.description = column.description
        meta = {"ucd": column.ucd, "unit": "" if unit is not None else column.unit}
        info.meta = {key: text for key, text in meta.items() if text}
    return made


# astropy takes long to find that a text is no unit, and tables have many columns alike.
@lru_cache(maxsize=256)
def _unit(text: str) -> units.UnitBase | units.FunctionUnitBase | None:
    """Return a unit that VOUnits knows, or the logarithm of one."""
    if not text:
        return None
    if text == "dex":
        return units.dex
    if text.startswith("log(") and text.endswith(")"):
        inner = _unit(text[4:-1])
        return None if inner is None else units.dex(inner)
    try:
        return units.Unit(text, format="vounit", parse_strict="raise")
    except (ValueError, TypeError):
        return None


def _column(cells: _Array, gone: _Array, unit: Any) -> Any:
    if unit is not None:
        # Not by multiplication, which a logarithm has none of.
        of = units.Dex if isinstance(unit, units.FunctionUnitBase) else units.Quantity
        values = Masked(cells, mask=gone) if gone.any() else cells
        return of(values, unit, copy=False, subok=True)
    if not gone.any():
        return AstropyColumn(cells)
    if cells.dtype.kind != "i":
        return MaskedColumn(cells, mask=gone)
    while (spare := _spare(cells[~gone])) is None:
        cells = cells.astype(np.int32)
    # Files of FITS hold this one for NULL, so that it must not be a value, too.
    return MaskedColumn(cells, mask=gone, fill_value=spare)


def _spare(values: _Array) -> int | None:
    """Return an integer of the type of some values that is none of them."""
    bounds = np.iinfo(values.dtype)
    for bound in (bounds.min, bounds.max):
        if not (values == bound).any():
            return int(bound)
    found = np.unique(values)
    before = found[:-1][found[:-1] + 1 != found[1:]]
    return int(before[0]) + 1 if before.size else None


def _cells(values: pa.Array) -> tuple[_Array, _Array]:
    """Return the cells of a column, and which of them are NULL."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_fixed_size_list(kind) and _is_number(kind.value_type):
        return _rows_of_one_size(values)
    if pa.types.is_list(kind) and _is_number(kind.value_type):
        return _rows_of_any_size(values), np.zeros(len(values), bool)
    if pa.types.is_decimal(kind):
        values = _plain_decimals(values)
    elif kind == pa.uint64():
        values = _signed(values)
    elif kind in _WIDER:
        values = values.cast(_WIDER[kind])
    kind = values.type
    gone = values.is_null().to_numpy(zero_copy_only=False)
    if _is_number(kind):
        filled = values.fill_null(False if pa.types.is_boolean(kind) else 0)
        return filled.to_numpy(zero_copy_only=False), gone
    return _texts(values), gone


def _is_number(kind: pa.DataType) -> bool:
    of = pa.types
    if kind == pa.uint64():  # neither VOTable nor a signed integer has room for all
        return False
    return bool(of.is_integer(kind) or of.is_floating(kind) or of.is_boolean(kind))


def _plain_decimals(values: pa.Array) -> pa.Array:
    """Return decimals as integers or floats where these are the same numbers."""
    if values.type.scale == 0:
        return _signed(values)
    if values.type.precision <= DOUBLE_DIGITS:
        return values.cast(pa.float64())
    return values.cast(pa.string())


def _signed(values: pa.Array) -> pa.Array:
    """Return whole numbers as integers, or as texts where one of them is too large."""
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        return values.cast(pa.string())


def _elements(flat: pa.Array) -> tuple[_Array, _Array]:
    """Return the elements of arrays, and which of them are NULL.

    Booleans are numbers here: no format has a NULL among booleans of an array.
    """
    return _cells(flat.cast(pa.int16()) if pa.types.is_boolean(flat.type) else flat)


def _rows_of_one_size(values: pa.Array) -> tuple[_Array, _Array]:
    """Return arrays of one size as rows of an array with two dimensions."""
    size = values.type.list_size
    # What a NULL holds is not among the flattened ones.
    places = pc.if_else(values.is_null(), pa.scalar(None, values.type), values)
    flat, gone = _elements(places.values[: len(values) * size])
    lost = np.repeat(values.is_null().to_numpy(zero_copy_only=False), size)
    shape = (len(values), size)
    return flat.reshape(shape), (gone | lost).reshape(shape)


def _rows_of_any_size(values: pa.Array) -> _Array:
    """Return arrays of varying size as objects: an array each.

    The formats have no mask for them: what is NULL within an array has NaN or the
    smallest integer under its mask, and an array that is NULL has one such element,
    so that it does not become an empty one.
    """
    cells = np.empty(len(values), dtype=object)
    if not len(values):
        return cells
    gone = values.is_null().to_numpy(zero_copy_only=False)
    flat, lost = _elements(values.flatten())
    least = np.nan if flat.dtype.kind == "f" else np.iinfo(flat.dtype).min
    none = np.full(1, least, flat.dtype)
    flat = np.where(lost, none, flat)
    ends = np.cumsum(pc.list_value_length(values).fill_null(0).to_numpy())[:-1]
    for at, (part, mask) in enumerate(
        zip(np.split(flat, ends), np.split(lost, ends), strict=True)
    ):
        if gone[at]:
            cells[at] = np.ma.MaskedArray(none.copy(), [True])
        else:
            cells[at] = np.ma.MaskedArray(part, mask) if mask.any() else part
    return cells


def _texts(values: pa.Array) -> _Array:
    """Return texts, and anything else as texts: times as ISO 8601, the rest as JSON."""
    if pa.types.is_list(values.type) and pa.types.is_string(values.type.value_type):
        values = _json_lists(values)
    try:
        texts = values.cast(pa.large_string()).fill_null("")
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        told = [
            "" if value is None else json.dumps(value, default=str, ensure_ascii=False)
            for value in values.to_pylist()
        ]
        texts = pa.array(told, pa.large_string())
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=str)


def _json_lists(values: pa.Array) -> pa.Array:
    """Return lists of texts as JSON, each text that occurs spelled once."""
    flat = values.flatten().dictionary_encode()
    spelled = [json.dumps(t.as_py(), ensure_ascii=False) for t in flat.dictionary]
    told = pa.array(spelled, pa.string()).take(flat.indices).fill_null("null")
    counts = pc.fill_null(pc.list_value_length(values), 0).to_numpy()
    starts = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(starts, told), ", ")
    lists = pc.binary_join_element_wise("[", joined, "]", "")
    return pc.if_else(values.is_null(), pa.scalar(None, pa.string()), lists)
