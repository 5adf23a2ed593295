"""What one row of a release file looks like: names, formats, units and nulls."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

_BIG_ENDIAN = {"I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}


@dataclass(frozen=True)
class Column:
    """One column of a FITS binary table, as a release publishes it."""

    name: str
    tform: str
    tdim: str
    unit: str
    is_lite: bool
    null: str
    description: str

    @property
    def code(self) -> str:
        """Letter of the FITS format."""
        return self.tform[-1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one cell as NumPy has it: the reverse of TDIM."""
        if self.tdim:
            return tuple(int(n) for n in re.findall(r"\d+", self.tdim)[::-1])
        repeat = int(self.tform[:-1] or 1)
        return () if self.code == "A" or repeat == 1 else (repeat,)

    @property
    def dtype(self) -> str:
        """Big-endian NumPy type of one element."""
        return f"S{self.tform[:-1]}" if self.code == "A" else _BIG_ENDIAN[self.code]


@dataclass(frozen=True)
class Layout:
    """The columns of one file, in order."""

    columns: tuple[Column, ...]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Type of one row, packed and big-endian as FITS stores it."""
        return np.dtype([(c.name, c.dtype, c.shape) for c in self.columns])

    def empty_rows(self, n: int) -> npt.NDArray[np.void]:
        """``n`` rows in which every value is the release's own null."""
        row = np.zeros(1, dtype=self.dtype)
        for column in self.columns:
            if column.null:
                row[column.name] = _null_value(column)
        return np.repeat(row, n)


def _null_value(column: Column) -> float | int:
    return float(column.null) if column.code in "ED" else int(column.null)


@cache
def read_layout(name: str, *, full_width: bool = True) -> Layout:
    """Read a layout shipped with the package.

    Parameters
    ----------
    name : str
        ``apogee_dr17``, ``galah_dr3`` or ``lamost_dr7``.
    full_width : bool
        False drops the columns that the release's light file leaves out.
    """
    text = (
        files("stellarwh.simulate").joinpath(f"layouts/{name}.csv").read_text("utf-8")
    )
    columns = tuple(
        Column(
            name=row["name"],
            tform=row["tform"],
            tdim=row["tdim"],
            unit=row["unit"],
            is_lite=row["lite"] == "y",
            null=row["null"],
            description=row["description"],
        )
        for row in csv.DictReader(text.splitlines())
    )
    return Layout(tuple(c for c in columns if full_width or c.is_lite))
