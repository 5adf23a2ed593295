"""What repeated observations say of a survey's errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from stellarwh.scales.sample import Floats, Key

_LEAST = 20
# Of a logarithm: a factor is another one for other S/N, and rows that were repeated, or
# are not the best, have another S/N than the rest.
_OTHER_SNR = 0.1
_ROWS = """
select
    survey,
    quantity,
    1.4826 * median(abs(difference / difference_err)) as factor,
    count(*) as n
from main.repeats
where difference_err > 0
group by survey, quantity
"""


@dataclass(frozen=True)
class Repeats:
    """Factors of stated errors from repeated observations.

    Attributes
    ----------
    factors : dict of (survey, quantity) to float
        Where there are enough.
    counts : dict of (survey, quantity) to int
    """

    factors: dict[Key, float]
    counts: dict[Key, int]

    def least(self, surveys: Sequence[str], quantity: str) -> tuple[Floats, Floats]:
        """Return the logarithms of what surveys' factors are at least, and errors.

        An error is no smaller than what differs from one observation to the next; 0
        where nothing was repeated. The median of absolute values of n differences of a
        normal distribution has the relative error 1.17 / sqrt(n).
        """
        keys = [(survey, quantity) for survey in surveys]
        known = [max(self.factors.get(key, 1.0), 1.0) for key in keys]
        counts = [self.counts[key] if key in self.factors else 1 for key in keys]
        errors = np.hypot(1.17 / np.sqrt(counts), _OTHER_SNR)
        return np.log(known), np.asarray(errors)


def read_repeats(connection: duckdb.DuckDBPyConnection) -> Repeats:
    """Return the spread of normalised differences of repeated observations.

    1.4826 times the median of their absolute values: 1 if the errors hold for what
    differs from one observation to the next.
    """
    rows = connection.execute(_ROWS).fetchall()
    return Repeats(
        {(survey, q): factor for survey, q, factor, n in rows if n >= _LEAST},
        {(survey, q): n for survey, q, _, n in rows},
    )
