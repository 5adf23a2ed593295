"""Results as tables of astropy."""

import json
from collections.abc import Sequence
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
        made[column.name] = _column(cells, gone, unit)
        info = made[column.name].info
        if column.description:
            info.description = column.description
        meta = {"ucd": column.ucd, "unit": "" if unit is not None else column.unit}
        info.meta = {key: text for key, text in meta.items() if text}
    return made


def _unit(text: str) -> units.UnitBase | None:
    """Return a unit that VOUnits knows."""
    if not text:
        return None
    try:
        return units.Unit(text, format="vounit", parse_strict="raise")
    except (ValueError, TypeError):
        return None


def _column(cells: _Array, gone: _Array, unit: units.UnitBase | None) -> Any:
    if unit is not None:
        return Masked(cells, mask=gone) * unit if gone.any() else cells * unit
    return MaskedColumn(cells, mask=gone) if gone.any() else AstropyColumn(cells)


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
        return _rows_of_any_size(values)
    if pa.types.is_decimal(kind):
        values = _plain_decimals(values)
        kind = values.type
    gone = values.is_null().to_numpy(zero_copy_only=False)
    if _is_number(kind):
        filled = values.fill_null(False if pa.types.is_boolean(kind) else 0)
        return filled.to_numpy(zero_copy_only=False), gone
    return _texts(values), gone


def _is_number(kind: pa.DataType) -> bool:
    of = pa.types
    return bool(of.is_integer(kind) or of.is_floating(kind) or of.is_boolean(kind))


def _plain_decimals(values: pa.Array) -> pa.Array:
    """Return decimals as integers or floats where these are the same numbers."""
    if values.type.scale == 0:
        try:
            return values.cast(pa.int64())
        except pa.ArrowInvalid:
            return values.cast(pa.string())
    if values.type.precision <= DOUBLE_DIGITS:
        return values.cast(pa.float64())
    return values.cast(pa.string())


def _rows_of_one_size(values: pa.Array) -> tuple[_Array, _Array]:
    """Return arrays of one size as rows of an array with two dimensions."""
    size = values.type.list_size
    # What a NULL holds is not among the flattened ones.
    places = pc.if_else(values.is_null(), pa.scalar(None, values.type), values)
    flat, gone = _cells(places.values[: len(values) * size])
    lost = np.repeat(values.is_null().to_numpy(zero_copy_only=False), size)
    shape = (len(values), size)
    return flat.reshape(shape), (gone | lost).reshape(shape)


def _rows_of_any_size(values: pa.Array) -> tuple[_Array, _Array]:
    """Return arrays of varying size as objects: an array each."""
    flat, lost = _cells(values.flatten())
    lengths = pc.list_value_length(values).fill_null(0).to_numpy()
    ends = np.cumsum(lengths)[:-1]
    cells = np.empty(len(values), dtype=object)
    parts = np.split(flat, ends) if len(values) else []
    if lost.any():
        masks = np.split(lost, ends)
        parts = [
            np.ma.MaskedArray(part, mask) if mask.any() else part
            for part, mask in zip(parts, masks, strict=True)
        ]
    for at, part in enumerate(parts):
        cells[at] = part
    return cells, values.is_null().to_numpy(zero_copy_only=False)


def _texts(values: pa.Array) -> _Array:
    """Return texts, and anything else as texts: times as ISO 8601, the rest as JSON."""
    try:
        texts = values.cast(pa.large_string()).fill_null("")
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        told = [
            "" if value is None else json.dumps(value, default=str, ensure_ascii=False)
            for value in values.to_pylist()
        ]
        texts = pa.array(told, pa.large_string())
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=str)
