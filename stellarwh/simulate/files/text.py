"""Fixed-width text built from numbers, column by column instead of row by row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, TextArray

Characters = npt.NDArray[np.uint8]


def digits(values: IntArray, width: int) -> Characters:
    """Decimal digits of non-negative integers, with leading zeros."""
    powers = np.power(10, np.arange(width - 1, -1, -1), dtype=np.int64)
    found = (values[:, None] // powers) % 10 + ord("0")
    return found.astype(np.uint8)


def constant(text: str, n: int) -> Characters:
    """Repeat the same ASCII characters for ``n`` rows."""
    one = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return np.broadcast_to(one, (n, one.size))


def sign(negative: BoolArray) -> Characters:
    """``-`` where ``negative``, else ``+``."""
    return np.where(negative, ord("-"), ord("+")).astype(np.uint8)[:, None]


def join(*parts: Characters) -> TextArray:
    """Put tables of characters side by side and read each row as one string."""
    table = np.ascontiguousarray(np.concatenate(parts, axis=1))
    result: TextArray = table.view(f"S{table.shape[1]}")[:, 0]
    return result


def concatenate(*parts: npt.ArrayLike) -> TextArray:
    """Join byte strings of varying length, element by element."""
    result: Any = np.asarray(parts[0])
    for part in parts[1:]:
        result = np.char.add(result, np.asarray(part))
    joined: TextArray = result
    return joined


def sexagesimal(
    ra: FloatArray, dec: FloatArray, ra_decimals: int, dec_decimals: int, point: str
) -> TextArray:
    """Write the truncated ``HHMMSSss+DDMMSSs`` designation of positions in degrees.

    Parameters
    ----------
    ra, dec : ndarray of shape (n,)
        Position in degrees.
    ra_decimals, dec_decimals : int
        Decimals of the seconds.
    point : str
        Decimal point to write: ``""`` for 2MASS, ``"."`` for LAMOST.
    """
    n = ra.size
    ticks = np.floor(ra / 15.0 * 3600.0 * 10**ra_decimals).astype(np.int64)
    ra_parts = _clock(ticks, 10**ra_decimals, ra_decimals, point, n)
    ticks = np.floor(np.abs(dec) * 3600.0 * 10**dec_decimals).astype(np.int64)
    dec_parts = _clock(ticks, 10**dec_decimals, dec_decimals, point, n)
    return join(*ra_parts, sign(dec < 0), *dec_parts)


def _clock(
    ticks: IntArray, unit: int, decimals: int, point: str, n: int
) -> list[Characters]:
    seconds = ticks // unit
    return [
        digits(seconds // 3600, 2),
        digits(seconds // 60 % 60, 2),
        digits(seconds % 60, 2),
        constant(point, n),
        digits(ticks % unit, decimals),
    ]


def bit_names(flags: IntArray, names: Mapping[int, str]) -> TextArray:
    """Names of the set bits, comma-separated; only distinct words are spelled out."""
    words, inverse = np.unique(flags, return_inverse=True)
    spelled = [
        ",".join(name for bit, name in names.items() if int(word) >> bit & 1)
        for word in words
    ]
    result: TextArray = np.array(spelled, dtype=np.bytes_)[inverse]
    return result
