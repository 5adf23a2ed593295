"""Write Arrow record batches as a FITS binary table, one batch in memory at a time."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from astropy.io import fits

_BLOCK = 2880
_NUMBERS = {
    pa.bool_(): ("L", "S1"),
    pa.uint8(): ("B", "u1"),
    pa.int16(): ("I", ">i2"),
    pa.int32(): ("J", ">i4"),
    pa.int64(): ("K", ">i8"),
    pa.float32(): ("E", ">f4"),
    pa.float64(): ("D", ">f8"),
}
# How units are spelled in ASCII; the micro sign has two code points.
_SPELLED_OUT = str.maketrans(
    {"\u00b5": "u", "\u03bc": "u", "°": "deg", "Å": "Angstrom", "☉": "Sun"}
)


@dataclass(frozen=True)
class FitsColumn:
    """One column of the table to write."""

    name: str
    type: pa.DataType  # after `plain_type`: a number, text, or a list of numbers
    width: int = 1  # bytes of text; elements of an array
    null: int | None = None  # TNULL of an integer column that has missing values
    unit: str = ""
    ucd: str = ""
    description: str = ""

    @property
    def tform(self) -> str:
        """FITS format code such as ``18A`` or ``9E``."""
        if pa.types.is_string(self.type):
            return f"{max(self.width, 1)}A"
        code = _NUMBERS[self._element][0]
        return f"{self.width}{code}" if self.width != 1 else code

    @property
    def dtype(self) -> tuple[str, str, tuple[int, ...]]:
        """Field of the big-endian row: name, type, shape."""
        if pa.types.is_string(self.type):
            return (self.name, f"S{max(self.width, 1)}", ())
        shape = (self.width,) if self.width != 1 else ()
        return (self.name, _NUMBERS[self._element][1], shape)

    @property
    def _element(self) -> pa.DataType:
        is_list = pa.types.is_fixed_size_list(self.type)
        return self.type.value_type if is_list else self.type


def write_fits(
    batches: pa.RecordBatchReader,
    path: Path,
    columns: list[FitsColumn],
    rows: int,
    *,
    name: str,
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write a primary header and one binary table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; columns in the order of ``columns``.
    path : Path
        The file to write.
    columns : list of FitsColumn
        Names, formats, units and descriptions.
    rows : int
        Number of rows that the batches hold together.
    name : str
        EXTNAME of the table.
    progress : callable
        Called with the number of rows after each batch.

    Raises
    ------
    ValueError
        If the batches hold another number of rows.
    """
    dtype = np.dtype([column.dtype for column in columns])
    written = 0
    with path.open("wb") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode("ascii"))
        file.write(_table_header(columns, rows, name).tostring().encode("ascii"))
        for batch in batches:
            block = np.zeros(batch.num_rows, dtype=dtype)
            for column, values in zip(columns, batch.columns, strict=True):
                block[column.name] = _as_fits(column, values)
            file.write(block.tobytes())
            written += batch.num_rows
            progress(batch.num_rows)
        file.write(b"\0" * (-(written * dtype.itemsize) % _BLOCK))
    if written != rows:
        raise ValueError(f"{written} rows came, {rows} were announced")


def _table_header(columns: list[FitsColumn], rows: int, name: str) -> fits.Header:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = fits.BinTableHDU.from_columns(
            [
                fits.Column(f"c{index}", c.tform, null=c.null)
                for index, c in enumerate(columns, start=1)
            ],
            nrows=0,
            name=name,
        )
    header = table.header
    header["NAXIS2"] = rows
    for index, column in enumerate(columns, start=1):
        # Names and units as the catalogue has them, standard or not.
        header[f"TTYPE{index}"] = _ascii(column.name)
        for keyword, text in (
            ("TUNIT", column.unit),
            ("TUCD", column.ucd),
            ("TCOMM", column.description),
        ):
            if text:
                header[f"{keyword}{index}"] = _ascii(text)
    return header


def _ascii(text: str) -> str:
    """Return a text in what a header can hold: printable ASCII."""
    plain = " ".join(text.translate(_SPELLED_OUT).split())
    return plain.encode("ascii", "backslashreplace").decode()


def _as_fits(column: FitsColumn, values: pa.Array) -> npt.NDArray[np.generic]:
    """Return the values in the row's own type, missing ones by FITS convention."""
    kind = values.type
    if pa.types.is_string(kind):
        # The strings become bytes in Arrow: NumPy alone would refuse non-ASCII ones.
        filled = pc.fill_null(values, "").cast(pa.binary())
        return np.asarray(filled.to_numpy(zero_copy_only=False)).astype(column.dtype[1])
    if pa.types.is_boolean(kind):
        letters = pc.if_else(values, "T", "F")
        text = pc.fill_null(letters, "").to_numpy(zero_copy_only=False)
        return np.asarray(text).astype("S1")
    if pa.types.is_fixed_size_list(kind):
        flat = FitsColumn(column.name, kind.value_type, null=column.null)
        # A missing array has slots too: its elements are written as missing.
        element = pa.FixedSizeListArray.from_arrays(values.values, column.width)
        numbers = _as_fits(flat, element.values).reshape(-1, column.width)
        numbers = numbers[values.offset : values.offset + len(values)].copy()
        if values.null_count and np.issubdtype(numbers.dtype, np.floating):
            numbers[values.is_null().to_numpy(zero_copy_only=False)] = np.nan
        return numbers
    if pa.types.is_floating(kind):
        return np.asarray(
            pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)
        )
    if column.null is not None:
        values = pc.fill_null(values, pa.scalar(column.null, kind))
    return np.asarray(values.to_numpy(zero_copy_only=False))
