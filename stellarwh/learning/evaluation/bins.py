"""Bins of the parameters in which a bias may hide."""

from collections.abc import Mapping

import numpy as np

from stellarwh.learning.evaluation.metrics import FEWEST_IN_STRATUM
from stellarwh.learning.tasks.rows import Floats, Integers

# Width of the bins of each quantity, in its unit.
_WIDTHS = {"teff": 500.0, "logg": 0.5, "fe_h": 0.25}


def parameter_bins(
    values: Mapping[str, Floats], prefix: str = ""
) -> dict[str, Integers]:
    """Return the stars in each bin of Teff, log g and [Fe/H].

    Parameters
    ----------
    values : mapping of str to ndarray of shape (n,)
        Values by quantity, NaN where unknown; others than those three are not binned.
    prefix : str
        What the names of the bins begin with.

    Returns
    -------
    dict of str to ndarray
        Positions of the stars, by a name such as ``teff 4500 to 5000``; bins of fewer
        than 20 stars are left out.
    """
    found = {}
    for quantity, width in _WIDTHS.items():
        if quantity not in values:
            continue
        known = np.flatnonzero(np.isfinite(values[quantity]))
        number = np.floor(values[quantity][known] / width).astype(np.int64)
        order = np.argsort(number, kind="stable")
        cells, first = np.unique(number[order], return_index=True)
        for cell, members in zip(cells, np.split(order, first[1:]), strict=True):
            if len(members) >= FEWEST_IN_STRATUM:
                low, high = float(cell * width), float((cell + 1) * width)
                name = f"{prefix}{quantity} {low:g} to {high:g}"
                found[name] = known[np.sort(members)]
    return found
