"""Array types shared by the simulator, and the little arithmetic NumPy lacks."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.bytes_]


def smooth_step(values: FloatArray, low: float, high: float) -> FloatArray:
    """Rise from 0 at ``low`` to 1 at ``high`` without a kink (cubic Hermite)."""
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    result: FloatArray = t * t * (3.0 - 2.0 * t)
    return result


def draw_power(
    rng: np.random.Generator, low: FloatArray, high: FloatArray, slope: float
) -> FloatArray:
    """Draw magnitudes between ``low`` and ``high`` with counts as 10**(slope * m)."""
    fraction = rng.random(low.shape)
    grown = np.power(10.0, slope * (high - low)) - 1.0
    result: FloatArray = low + np.log10(1.0 + fraction * grown) / slope
    return result


def ordinals(groups: IntArray, counts: IntArray) -> IntArray:
    """Count rows within their groups, going on from ``counts``, which advance.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        Group of each row.
    counts : ndarray of shape (n_groups,)
        How many rows of each group came before; changed in place.

    Returns
    -------
    ndarray of shape (n,)
        Zero-based position of each row within its group, over all calls.
    """
    order = np.argsort(groups, kind="stable")
    tally = np.bincount(groups, minlength=counts.size)
    starts = np.cumsum(tally) - tally
    result = np.empty(groups.size, dtype=np.int64)
    result[order] = np.arange(groups.size) - starts[groups[order]]
    result += counts[groups]
    counts += tally
    return result


def scramble(serial: IntArray, salt: int, bits: int = 46) -> IntArray:
    """Turn running numbers into ids that are still unique but tell no order.

    Odd multiplications and shifted sums permute the numbers below 2**bits.
    """
    mask = (1 << bits) - 1
    x = (serial + 7_368_787 * (salt + 1)) & mask
    for factor in (21_211_358_371, 11_400_714_819):
        x = (x * (factor & 0xFFFF_FFFF | 1)) & mask
        x ^= x >> (bits // 2)
    return x


def hash_normal(serial: IntArray, salt: int) -> FloatArray:
    """Draw normal deviates, up to 4, that depend on a number only: hash it.

    Parameters
    ----------
    serial : ndarray of shape (n,)
        The same number gives the same deviate, in every chunk.
    salt : int
        Another salt, other deviates.
    """
    uniform = []
    for shift_by in (0, 1):
        x = (serial * 2 + shift_by + salt * 0x9E3779B9 % 2**61).astype(np.uint64)
        for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
            x = (x ^ (x >> np.uint64(30))) * np.uint64(factor)
        uniform.append(((x ^ (x >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53)
    radius = np.sqrt(-2.0 * np.log(np.maximum(uniform[0], 1e-12)))
    result: FloatArray = radius * np.cos(2.0 * np.pi * uniform[1])
    return np.clip(result, -4.0, 4.0)
