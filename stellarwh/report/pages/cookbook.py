"""The page of the cookbook: queries, and what they give of this warehouse."""

import math
from itertools import groupby
from typing import Any

from stellarwh.report.formats import MISSING, count, significant
from stellarwh.report.pages.page import Page
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table
from stellarwh.warehouse.cookbook import Served, serve

COOKBOOK_FILE = "cookbook.html"
# Of the time for all: what each has before others had as much.
_QUICK = 0.075
FIRST_ROWS = 10
# Of the words of a file's name, those that are names.
_NAMES = {
    "balmer": "Balmer",
    "gaia": "Gaia",
    "galaxy": "Galaxy",
    "kiel": "Kiel",
    "teff": "Teff",
}


def cookbook_page(reader: Reader, provenance: Provenance, seconds: float) -> Page:
    """Return the page of the queries that astronomers ask, with their results.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    provenance : Provenance
        Of the whole warehouse.
    seconds : float
        Of processor time, for all.
    """
    served = serve(reader.connection, seconds, quick=_QUICK * seconds, shown=FIRST_ROWS)
    topics = [
        (topic, [(one, _title(one), _rows(one)) for one in same])
        for topic, same in groupby(served, key=lambda one: one.recipe.topic)
    ]
    return Page(
        file=COOKBOOK_FILE,
        title="Cookbook",
        group="Warehouse",
        template="cookbook",
        provenance=provenance,
        content={
            "topics": topics,
            "n": len(served),
            "n_run": sum(one.n_rows is not None for one in served),
            "warehouse": provenance.name,
        },
    )


def _title(one: Served) -> str:
    words = [_NAMES.get(word, word) for word in one.recipe.name.split("_")]
    return " ".join([words[0].capitalize(), *words[1:]])


def _rows(one: Served) -> Table:
    """Return the first rows; columns of texts stand as words."""
    cells = [[_shown(value) for value in row] for row in one.rows]
    n_words = 0
    for column in zip(*one.rows, strict=True):
        if any(isinstance(value, int | float) for value in column):
            break
        n_words += 1
    return Table(one.columns, cells, text_columns=max(1, n_words))


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Ids are searched for; no comma parts them.
        return str(value) if abs(value) >= 10**7 else count(value)
    if isinstance(value, float):
        return significant(value, 6)
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items())
    return str(value)
