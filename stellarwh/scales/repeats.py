"""What repeated observations say of a survey's errors."""

from dataclasses import dataclass

import duckdb

from stellarwh.scales.sample import Key

_LEAST = 20
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
