"""The page of the data tests: what each says, and which rows break it."""

from collections import Counter

from stellarwh.report.pages.page import Page
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table
from stellarwh.warehouse.timed_checks import Tried, try_checks

CHECKS_FILE = "checks.html"
FIRST_ROWS = 5
# What a reader wants to see stands open.
_OPEN = ("failed", "warned", "not run", "passed")


def checks_page(reader: Reader, provenance: Provenance, seconds: float) -> Page:
    """Return the page of the data tests, run as far as their time goes.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    provenance : Provenance
        Of the whole warehouse.
    seconds : float
        Of processor time, for all.
    """
    tried = try_checks(reader.connection, seconds, shown=FIRST_ROWS)
    counts = Counter(one.state for one in tried)
    return Page(
        file=CHECKS_FILE,
        title="Checks",
        group="Warehouse",
        template="checks",
        provenance=provenance,
        content={
            "counts": {state: counts[state] for state in _OPEN},
            "seconds": seconds,
            "states": [
                (state, [(one, _rows(one)) for one in tried if one.state == state])
                for state in _OPEN
                if counts[state]
            ],
        },
    )


def _rows(one: Tried) -> Table:
    return Table(one.columns, one.first, text_columns=len(one.columns))
