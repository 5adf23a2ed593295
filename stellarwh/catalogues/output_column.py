"""Columns as FITS and VOTable hold them: cells of one type, of one shape or varying."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Types that both formats have; a truth value is a letter in both.
NUMPY_CODES = {
    pa.bool_(): "S1",
    pa.uint8(): "u1",
    pa.int16(): ">i2",
    pa.int32(): ">i4",
    pa.int64(): ">i8",
    pa.float32(): ">f4",
    pa.float64(): ">f8",
}
_Cells = npt.NDArray[np.generic]


@dataclass(frozen=True)
class OutputColumn:
    """One column of a table to write.

    Parameters
    ----------
    name : str
        As the table has it.
    element : pyarrow.DataType
        Type of one number, truth value or text.
    shape : tuple of int
        Of a cell, first axis slowest; () is a single value.
    varies : bool
        Whether a cell is a list of any length.
    width : int
        Bytes of the longest text, at least 1; 0 if that is not known.
    is_ascii : bool
        Whether no text has other characters.
    null : int, optional
        What stands for a missing integer where the format has no other way: no value
        of the column.
    longest, elements : int
        Where cells vary: elements of the longest cell, and of all cells.
    unit, ucd, description, xtype : str
        Empty where not known. The last is DALI's name of what values mean.
    """

    name: str
    element: pa.DataType
    shape: tuple[int, ...] = ()
    varies: bool = False
    width: int = 1
    is_ascii: bool = True
    null: int | None = None
    longest: int = 0
    elements: int = 0
    unit: str = ""
    ucd: str = ""
    description: str = ""
    xtype: str = ""

    def described(self, facts: Mapping[str, str]) -> Self:
        """Return the column with what a mapping knows of unit, ucd and so on."""
        return replace(
            self,
            unit=facts.get("unit", ""),
            ucd=facts.get("ucd", ""),
            description=facts.get("description", ""),
            xtype=facts.get("xtype", ""),
        )

    @property
    def is_text(self) -> bool:
        """Whether the elements are texts."""
        return bool(pa.types.is_string(self.element))

    @property
    def is_array(self) -> bool:
        """Whether a cell holds several elements."""
        return self.varies or self.shape != ()


def structure_of(kind: pa.DataType) -> tuple[pa.DataType, tuple[int, ...], bool]:
    """Return the type of the elements, the shape of a cell, whether it varies."""
    shape = []
    while pa.types.is_fixed_size_list(kind):
        shape.append(kind.list_size)
        kind = kind.value_type
    if pa.types.is_list(kind) and not shape:
        return kind.value_type, (), True
    return kind, tuple(shape), False


def fixed_cells(column: OutputColumn, values: pa.Array, unset: str) -> _Cells:
    """Return cells of one shape, big-endian, missing elements as the column says.

    Parameters
    ----------
    column : OutputColumn
        Numbers, truth values, or texts as bytes.
    values : pyarrow.Array of length n
        The cells.
    unset : str
        The letter of a truth value that is missing.

    Returns
    -------
    ndarray of shape (n, *column.shape)
    """
    flat = _elements(values, None)
    return _filled(column, flat, unset).reshape(len(values), *column.shape)


def varying_cells(
    column: OutputColumn, values: pa.Array, unset: str
) -> tuple[_Cells, npt.NDArray[np.int64]]:
    """Return the elements of all cells, one after the other, and how many each has."""
    counts = pc.fill_null(pc.list_value_length(values), 0).cast(pa.int64())
    flat = _filled(column, values.flatten(), unset)
    return flat, np.asarray(counts.to_numpy(zero_copy_only=False))


def _elements(values: pa.Array, gone: npt.NDArray[np.bool_] | None) -> pa.Array:
    """Return the elements of all cells; those of missing cells are missing."""
    if values.null_count:
        missing = values.is_null().to_numpy(zero_copy_only=False)
        gone = missing if gone is None else gone | missing
    if not pa.types.is_fixed_size_list(values.type):
        if gone is None or not gone.any():
            return values
        return pc.if_else(pa.array(~gone), values, pa.scalar(None, values.type))
    size = values.type.list_size
    # A missing cell has slots too, of whatever values.
    inner = values.values.slice(values.offset * size, len(values) * size)
    return _elements(inner, None if gone is None else np.repeat(gone, size))


def _filled(column: OutputColumn, flat: pa.Array, unset: str) -> _Cells:
    kind = flat.type
    if pa.types.is_string(kind):
        # Bytes already in Arrow: NumPy alone would refuse what is not ASCII.
        texts = pc.fill_null(flat, "").cast(pa.binary())
        return np.asarray(texts.to_numpy(zero_copy_only=False)).astype(
            f"S{max(column.width, 1)}"
        )
    if pa.types.is_boolean(kind):
        letters = pc.fill_null(pc.if_else(flat, "T", "F"), unset)
        return np.asarray(letters.to_numpy(zero_copy_only=False)).astype("S1")
    if flat.null_count:
        missing = float("nan") if pa.types.is_floating(kind) else column.null or 0
        flat = pc.fill_null(flat, pa.scalar(missing, kind))
    return np.asarray(flat.to_numpy(zero_copy_only=False)).astype(NUMPY_CODES[kind])
