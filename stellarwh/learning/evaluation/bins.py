"""Bins of the parameters in which a bias may hide."""

from collections.abc import Mapping

import numpy as np

from stellarwh.learning.evaluation.metrics import FEWEST_IN_STRATUM
from stellarwh.learning.tasks.rows import Floats, Integers
from stellarwh.learning.tasks.stratum import Stratum

# Width of the bins of each quantity, in its unit.
_WIDTHS = {"teff": 500.0, "logg": 0.5, "fe_h": 0.25}


def parameter_bins(
    values: Mapping[str, Floats], *, by_label: bool
) -> dict[Stratum, Integers]:
    """Return the stars in each bin of Teff, log g and [Fe/H].

    Parameters
    ----------
    values : mapping of str to ndarray of shape (n,)
        Values by quantity, NaN where unknown; others than those three are not binned.
    by_label : bool
        Whether they are labels, not held-out values.

    Returns
    -------
    dict of Stratum to ndarray
        Positions of the stars of each bin; bins of fewer than 20 are left out.
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
                of_it = Stratum.of_bin(quantity, low, high, by_label=by_label)
                found[of_it] = known[np.sort(members)]
    return found
