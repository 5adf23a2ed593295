"""The shapes that the trends of surveys have over a star and its S/N.

Each is held at the ends of where it is: 3300 to 7800 K, log g 0 to 5, [Fe/H] -2 to 0.5,
S/N 10 to 100, and to 500 in the inverse one.
"""

from collections.abc import Callable

import numpy as np

from stellarwh.simulate.arrays import FloatArray


def _is_giant(teff: FloatArray, logg: FloatArray) -> FloatArray:
    """1 for giants and 0 for dwarfs, by the line of Ciardi et al. (2011)."""
    line = np.clip(5.2 - 0.00028 * teff, 3.5, None)
    line = np.where(teff >= 6000.0, 3.5, np.where(teff <= 4250.0, 4.0, line))
    return (logg < line).astype(np.float64)


_Shape = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
# Of Teff in K, log g, [Fe/H] and S/N, within their ends; slopes are per unit of these.
SHAPES: dict[str, _Shape] = {
    "teff": lambda t, g, m, s: (t - 4800.0) / 1000.0,
    "logg": lambda t, g, m, s: g - 2.5,
    "fe_h": lambda t, g, m, s: m,
    "snr": lambda t, g, m, s: np.clip(np.log10(100.0 / s), 0.0, 1.0),
    "giant": lambda t, g, m, s: _is_giant(t, g),
    "teff_from_5000": lambda t, g, m, s: (t - 5000.0) / 1000.0,
    "teff_above_6000": lambda t, g, m, s: np.maximum(t - 6000.0, 0.0) / 1000.0,
    "logg_from_3": lambda t, g, m, s: g - 3.0,
    "logg_below_2.5": lambda t, g, m, s: np.maximum(2.5 - g, 0.0),
    "fe_h_from_-0.2": lambda t, g, m, s: m + 0.2,
    "fe_h_below_-0.5": lambda t, g, m, s: np.maximum(-0.5 - m, 0.0),
    "inverse_snr": lambda t, g, m, s: 50.0 / np.clip(s, 10.0, 500.0) - 1.0,
}


def shape(
    name: str, teff: FloatArray, logg: FloatArray, fe_h: FloatArray, snr: FloatArray
) -> FloatArray:
    """Return one of `SHAPES` at stars.

    Parameters
    ----------
    name : str
        Of the shape.
    teff, logg, fe_h, snr : ndarray of shape (n,)
        True values of the stars in K and dex, and S/N of the rows.

    Returns
    -------
    ndarray of shape (n,)
        In 1000 K, dex, factors of ten of S/N or 50 / S/N; ``giant`` is 0 or 1.
    """
    return SHAPES[name](
        np.clip(teff, 3300.0, 7800.0),
        np.clip(logg, 0.0, 5.0),
        np.clip(fe_h, -2.0, 0.5),
        np.maximum(snr, 1.0),
    )
