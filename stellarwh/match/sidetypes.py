"""Types that the columns of a file may have for a match."""

from collections.abc import Sequence

import pyarrow as pa

from stellarwh.errors import InputFileError


def is_number(kind: pa.DataType) -> bool:
    """Return whether values of a type can be compared as numbers."""
    of = pa.types
    return bool(of.is_floating(kind) or of.is_integer(kind) or of.is_decimal(kind))


def no_number(column: str, where: str, kind: str) -> InputFileError:
    """Return what to say of a column that should hold numbers and does not."""
    return InputFileError(
        f"The column {column} of {where} is {kind}, not a number; "
        "positions must be in decimal degrees (150.25, not 10:01:00), and what goes "
        "with them numbers."
    )


def same_ids(column: str, source: str, kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the type that holds the ids of several files exactly.

    Raises
    ------
    InputFileError
        If there is none.
    """
    found = list(dict.fromkeys(kinds))
    if len(found) == 1:
        return found[0]
    if all(pa.types.is_integer(kind) for kind in found):
        if all(kind != pa.uint64() for kind in found):
            return pa.int64()
        if all(pa.types.is_unsigned_integer(kind) for kind in found):
            return pa.uint64()
    if set(found) <= {pa.float32(), pa.float64()}:
        return pa.float64()
    named = " and ".join(str(kind) for kind in found)
    raise InputFileError(
        f"The ids {column} of {source} are of other types from file to file ({named}); "
        "name another column, or match the files one by one."
    )
