"""A query from its parameters to its rows, in whatever format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from stellarwh.adql.tables import Tables
from stellarwh.adql.translate import translate
from stellarwh.serve.formats import Format, Result, find_format
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Openings
from stellarwh.serve.parameters import Parameters
from stellarwh.serve.problems import Problem
from stellarwh.serve.runs import Run
from stellarwh.serve.simulated import is_simulated
from stellarwh.serve.uploads import Upload, load
from stellarwh.serve.votable import Said
from stellarwh.warehouse.freshness import require_current_build

__all__ = ["LANGUAGES", "Query", "read_query", "write_answer"]

LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")
# What is known of a column of a result.
_KNOWN = ("unit", "ucd", "description", "xtype")


@dataclass(frozen=True)
class Query:
    """What is asked.

    Parameters
    ----------
    text : str
        In ADQL.
    limit : int
        Rows of the answer.
    format : Format
        In which it is given.
    """

    text: str
    limit: int
    format: Format


def read_query(parameters: Parameters, limits: Limits) -> Query:
    """Return the query that a request asks.

    Raises
    ------
    Problem
        If it asks none, or in a language or format that is not known.
    """
    asked = parameters.get("REQUEST")
    if asked and asked != "doQuery":
        raise Problem(f"REQUEST={asked[:80]} is not known; leave it out.")
    version = parameters.get("VERSION")
    if version and version not in ("1.0", "1.1"):
        raise Problem(f"VERSION={version[:80]} is not known; known are: 1.0, 1.1.")
    language = parameters.get("LANG")
    if not language:
        raise Problem("LANG is missing: it is ADQL.")
    if language.upper() not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise Problem(f"LANG={language[:80]} is not known; known are: {known}.")
    text = parameters.get("QUERY")
    if not text:
        raise Problem("QUERY is missing: it holds the query, in ADQL.")
    limit = parameters.whole("MAXREC")
    name = parameters.get("RESPONSEFORMAT") or parameters.get("FORMAT")
    return Query(
        text,
        limits.rows if limit is None else min(limit, limits.rows),
        find_format(name),
    )


def write_answer(
    openings: Openings,
    run: Run,
    query: Query,
    file: BinaryIO,
    uploads: Sequence[Upload] = (),
    change: Callable[[Result], Result] = lambda result: result,
) -> None:
    """Write the answer to a query.

    Parameters
    ----------
    openings : Openings
        The warehouse.
    run : Run
        The query, which may be ended meanwhile.
    query : Query
        What is asked.
    file : binary file
        Where to.
    uploads : sequence of Upload
        The tables that it brings.
    change : callable
        What becomes of the result before it is written.

    Raises
    ------
    Problem, StellarwhError, duckdb.Error
        If the query cannot be answered, or was ended.
    """
    run.check()
    opening = openings.current()
    is_kept = bool(uploads) or query.format.name == "fits"
    # Most that is refused is refused here, before a cursor is taken for it.
    found = (
        None if uploads else translate(query.text, opening.tables, limit=query.limit)
    )
    with opening.cursor(for_good=not is_kept) as cursor, run.working(cursor):
        if found is None:
            tables = Tables((*opening.tables.tables, *load(cursor, uploads)))
            found = translate(query.text, tables, limit=query.limit)
        if opening.stale:
            require_current_build(cursor, found.sql)
        relation = cursor.sql(found.sql)
        facts = [
            {key: text for key in _KNOWN if (text := getattr(column, key))}
            for column in found.columns
        ]
        # What describes tables, and what a client brings, is none of ours.
        ours = [t for t in found.tables if not t.lower().startswith("tap_")]
        told = bool(ours) and is_simulated(cursor, opening.simulated, found.sql)
        said = Said(query=query.text, is_simulated=told)
        # DuckDB 2.0 may give more rows of a view than LIMIT says (its pushdown of
        # filters loses it), so what is given is counted here, too.
        top = query.limit + 1 if found.top is None else found.top
        result = Result(cursor, relation, facts, query.limit, top, said, run.problem)
        query.format.write(change(result), file)
