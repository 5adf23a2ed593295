"""The stars that surveys share, and what each measured of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Key = tuple[str, str]  # a survey and a quantity

_ROWS = """
with
shared as (
    select star_id
    from main.measurements
    where is_best and is_clean and star_id is not null
    group by star_id
    having count(distinct survey) > 1
)

select
    star_id,
    survey,
    quantity,
    snr,
    measured,
    measured_err
from main.measured_values
where is_best and star_id in (from shared)
order by star_id, survey, quantity
"""


@dataclass(frozen=True)
class Sample:
    """What surveys measured of the stars that at least two of them saw.

    Attributes
    ----------
    stars : ndarray of shape (n,)
        Their numbers, ascending.
    cells : ndarray of shape (n,)
        The cell of the sky that each lies in: a block whose stars share errors.
    surveys : tuple of str
        Those with any of the stars.
    quantities : tuple of str
        Those with any value.
    values, errs : dict of (survey, quantity) to ndarray of shape (n,)
        What the survey's best row measured, and the error that it states, in K, dex or
        km/s; NaN where there is none.
    snr : dict of str to ndarray of shape (n,)
        S/N of the survey's best row, or NaN.
    newer : dict of str to str
        Of surveys that stand here in two releases, the newer one by the older.
    """

    stars: Integers
    cells: Integers
    surveys: tuple[str, ...]
    quantities: tuple[str, ...]
    values: dict[Key, Floats]
    errs: dict[Key, Floats]
    snr: dict[str, Floats]
    newer: dict[str, str] = field(default_factory=dict)

    def nothing(self) -> Floats:
        """Return NaN for every star."""
        return np.full(self.stars.size, np.nan)

    def shared(self, left: str, right: str, quantity: str) -> Booleans:
        """Return which stars both surveys measured a quantity of, shape (n,)."""
        sides = [self.values.get((name, quantity)) for name in (left, right)]
        if any(side is None for side in sides):
            return np.zeros(self.stars.size, dtype=np.bool_)
        result: Booleans = np.isfinite(np.array(sides)).all(axis=0)
        return result

    def fingerprint(self) -> str:
        """Return the SHA-256 of all of it."""
        digest = hashlib.sha256(self.stars.tobytes())
        for survey, quantity in sorted(self.values):
            digest.update(f"{survey} {quantity}".encode())
            digest.update(self.values[survey, quantity].tobytes())
            digest.update(self.errs[survey, quantity].tobytes())
        for survey in sorted(self.snr):
            digest.update(self.snr[survey].tobytes())
        return digest.hexdigest()


def read_sample(connection: duckdb.DuckDBPyConnection) -> Sample:
    """Read the stars that at least two surveys have a clean best row of."""
    found = connection.execute(_ROWS).fetchnumpy()
    stars, index = np.unique(_filled(found["star_id"]), return_inverse=True)
    surveys, survey = _codes(found["survey"])
    quantities, quantity = _codes(found["quantity"])
    values: dict[Key, Floats] = {}
    errs: dict[Key, Floats] = {}
    snr: dict[str, Floats] = {}
    for s, name in enumerate(surveys):
        of_survey = np.flatnonzero(survey == s)
        snr[name] = np.full(stars.size, np.nan)
        snr[name][index[of_survey]] = _floats(found["snr"])[of_survey]
        for q, measured in enumerate(quantities):
            rows = of_survey[quantity[of_survey] == q]
            if rows.size:
                for of, column in ((values, "measured"), (errs, "measured_err")):
                    of[name, measured] = np.full(stars.size, np.nan)
                    of[name, measured][index[rows]] = _floats(found[column])[rows]
    cells = _cells(connection, stars)
    newer = _newer(connection, surveys)
    return Sample(stars, cells, surveys, quantities, values, errs, snr, newer)


def _newer(
    connection: duckdb.DuckDBPyConnection, surveys: Sequence[str]
) -> dict[str, str]:
    rows = connection.execute(
        "select survey, newer_release(survey) "
        "from (select unnest(?::varchar[]) as survey)",
        [list(surveys)],
    ).fetchall()
    return {older: newer for older, newer in rows if newer in surveys}


def _cells(connection: duckdb.DuckDBPyConnection, stars: Integers) -> Integers:
    found = connection.execute(
        "select star_id, healpix_group(healpix) as cell from main.stars "
        "where star_id in (select unnest(?::bigint[])) order by star_id",
        [stars],
    ).fetchnumpy()
    result: Integers = _filled(found["cell"])
    return result


def _codes(texts: Any) -> tuple[tuple[str, ...], Integers]:
    names, codes = np.unique(np.asarray(texts, dtype=str), return_inverse=True)
    return tuple(names.tolist()), codes.astype(np.int64)


def _filled(column: Any) -> Any:
    return np.ma.filled(column, 0)


def _floats(column: Any) -> Floats:
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
