"""Sparse counts as text of a page: deflated varints in base64."""

import base64
import zlib

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def varints(numbers: Integers) -> bytes:
    """Return whole numbers, none negative, seven bits a byte, the lowest first.

    The highest bit of a byte says that another one follows.
    """
    values = np.asarray(numbers, dtype=np.uint64)
    lengths = np.ones(values.size, dtype=np.int64)
    for bits in range(7, 63, 7):
        lengths += values >= np.uint64(1 << bits)
    starts = np.cumsum(lengths) - lengths
    out = np.zeros(int(lengths.sum()), dtype=np.uint8)
    for place in range(int(lengths.max(initial=0))):
        longer = lengths > place
        part = (values[longer] >> np.uint64(7 * place)) & np.uint64(127)
        more = (lengths[longer] > place + 1) * 128
        out[starts[longer] + place] = part.astype(np.uint8) | more.astype(np.uint8)
    return out.tobytes()


def encode(keys: Integers, counts: Integers) -> str:
    """Return ascending keys and their counts: all gaps, then all counts, as text."""
    gaps = np.diff(keys, prepend=0)
    packed = zlib.compress(varints(gaps) + varints(counts), 9)
    return base64.b64encode(packed).decode("ascii")
