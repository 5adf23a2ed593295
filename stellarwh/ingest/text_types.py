"""Types of the columns of a text file that declares none: the narrowest exact ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.ingest.convert import InexactError, convert
from stellarwh.readers import FileColumn, TableFile, no_nulls

# Codes such as 007, and integers that neither an int64 nor a float holds.
_LEADING_ZERO = r"^[+-]?0\d"
_LONG_INTEGER = r"^[+-]?\d{16,}$"


@dataclass
class _Kind:
    """What is known of a column so far."""

    type: pa.DataType
    seen: bool = False
    long_integers: bool = False


def narrowest_types(
    table: TableFile, columns: Sequence[FileColumn]
) -> list[pa.DataType]:
    """Read a text file once and return the narrowest type for each column.

    A column is BIGINT if every value is an integer, DOUBLE if every value is a number
    that a double holds, else VARCHAR. Codes with leading zeros stay text.

    Parameters
    ----------
    table : TableFile
        A file whose values are text.
    columns : sequence of FileColumn
        The columns of interest.
    """
    kinds = [_Kind(pa.int64()) for _ in columns]
    for batch in table.batches(columns, no_nulls()):
        for kind, array in zip(kinds, batch.columns, strict=True):
            _narrow(kind, array)
    return [kind.type if kind.seen else pa.string() for kind in kinds]


def _narrow(kind: _Kind, array: pa.Array) -> None:
    """Give up types that the values of this batch do not have."""
    if pa.types.is_string(kind.type) or array.null_count == len(array):
        return
    kind.seen = True
    if _any_matches(array, _LEADING_ZERO):
        kind.type = pa.string()
        return
    kind.long_integers |= _any_matches(array, _LONG_INTEGER)
    if pa.types.is_integer(kind.type):
        # Here 5.0 is no integer: the column is as the file wrote it.
        if _casts(array, pa.int64()):
            return
        kind.type = pa.float64()
    if kind.long_integers or not _casts(array, pa.float64()):
        kind.type = pa.string()


def _any_matches(array: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, pattern)).as_py())


def _casts(array: pa.Array, target: pa.DataType) -> bool:
    if pa.types.is_integer(target) and _any_matches(array, r"[.eE]"):
        return False
    try:
        convert(array, target, no_nulls()[0])
    except InexactError:
        return False
    return True
