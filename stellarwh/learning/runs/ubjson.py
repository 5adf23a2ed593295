"""Universal Binary JSON, read strictly: what XGBoost writes, and nothing else.

Lengths are checked against the bytes that are there before anything is made of them, so
that no length, however large, costs memory or time. Format: UBJSON draft 12
(https://ubjson.org), of which optimised arrays are taken as NumPy arrays.
"""

import struct
from typing import Any

import numpy as np

# Objects within objects: XGBoost writes seven levels.
_DEEPEST = 16
_NUMBERS: dict[bytes, np.dtype[Any]] = {
    b"i": np.dtype(">i1"),
    b"U": np.dtype(">u1"),
    b"I": np.dtype(">i2"),
    b"l": np.dtype(">i4"),
    b"L": np.dtype(">i8"),
    b"d": np.dtype(">f4"),
    b"D": np.dtype(">f8"),
}
_CONSTANTS = {b"T": True, b"F": False, b"Z": None}


class _Cursor:
    """Where in the bytes the reading stands."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if not 0 <= count <= self.left:
            raise ValueError("a length goes beyond the end")
        found = self._data[self._at : self._at + count]
        self._at += count
        return found

    def peek(self) -> bytes:
        return self._data[self._at : self._at + 1]


def read_ubjson(data: bytes) -> Any:
    """Return the content of one document; optimised arrays come as NumPy arrays.

    Raises
    ------
    ValueError
        If it is damaged, nested too deeply, names a key twice or goes on after its end.
    """
    cursor = _Cursor(data)
    found = _value(cursor, cursor.take(1), 0)
    if cursor.left:
        raise ValueError("something follows its end")
    return found


def _value(cursor: _Cursor, marker: bytes, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if marker == b"{":
        return _object(cursor, depth)
    if marker == b"[":
        return _array(cursor, depth)
    if marker == b"S":
        return cursor.take(_count(cursor)).decode("utf-8")
    if marker in _CONSTANTS:
        return _CONSTANTS[marker]
    if marker in _NUMBERS:
        return _number(cursor, marker).item()
    raise ValueError(f"it has the unknown marker {marker!r}")


def _number(cursor: _Cursor, marker: bytes) -> Any:
    kind = _NUMBERS[marker]
    return np.frombuffer(cursor.take(kind.itemsize), kind)[0]


def _count(cursor: _Cursor) -> int:
    """Return a length, which XGBoost always writes as eight bytes."""
    if cursor.take(1) != b"L":
        raise ValueError("a length is of another type than XGBoost writes")
    return int(struct.unpack(">q", cursor.take(8))[0])


def _object(cursor: _Cursor, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while cursor.peek() != b"}":
        key = cursor.take(_count(cursor)).decode("utf-8")
        if key in found:  # readers differ in which of the two counts
            raise ValueError(f"it names {key!r} twice")
        found[key] = _value(cursor, cursor.take(1), depth + 1)
    cursor.take(1)
    return found


def _array(cursor: _Cursor, depth: int) -> Any:
    kind = None
    if cursor.peek() == b"$":
        cursor.take(1)
        kind = _NUMBERS.get(cursor.take(1))
        if kind is None:
            raise ValueError("an array is of an unknown type")
        if cursor.peek() != b"#":
            raise ValueError("an array of one type has no length")
    if cursor.peek() == b"#":
        cursor.take(1)
        count = _count(cursor)
        if kind is not None:
            return np.frombuffer(cursor.take(count * kind.itemsize), kind)
        if not 0 <= count <= cursor.left:
            raise ValueError("a length goes beyond the end")
        return [_value(cursor, cursor.take(1), depth + 1) for _ in range(count)]
    found = []
    while cursor.peek() != b"]":
        found.append(_value(cursor, cursor.take(1), depth + 1))
    cursor.take(1)
    return found
