"""``/scs``: stars around a position, as Simple Cone Search 1.03 has it."""

import math
from dataclasses import replace
from functools import partial
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stellarwh.adql.tables import Table
from stellarwh.catalogues.votable.write import xml_text
from stellarwh.errors import did_you_mean
from stellarwh.quoting import quote_identifier
from stellarwh.serve.answers import error_response, streamed, told
from stellarwh.serve.formats import FORMATS, Result
from stellarwh.serve.opening import Opening
from stellarwh.serve.parameters import Parameters, read_parameters
from stellarwh.serve.problems import Problem
from stellarwh.serve.queries import Query, write_answer
from stellarwh.serve.runs import Run
from stellarwh.serve.served import is_placed
from stellarwh.serve.state import state_of
from stellarwh.serve.tap_schema import full_name, is_principal, spelled

__all__ = ["cone", "cone_tables"]

_DEFAULT = "main.stars"
_IDS = ("star_id", "source_id", "spectrum_id")
_MOST_RADIUS = 180.0
_LEAST_VERB, _USUAL_VERB, _ALL_VERB = 1, 2, 3
_XML = "text/xml"
_BUG, _BUSY = 500, 503
# Of UCD 1, which the standard demands of these three.
_UCDS = {"ra": "POS_EQ_RA_MAIN", "dec": "POS_EQ_DEC_MAIN"}
_ID = "ID_MAIN"


def cone_tables(opening: Opening) -> list[Table]:
    """Return the tables in which a cone can be searched."""
    return [
        table
        for table in opening.tables.tables
        if is_placed(table) and _id_of(table) is not None
    ]


def _id_of(table: Table) -> str | None:
    names = {column.name.lower(): column.name for column in table.columns}
    # What tells a row from all others comes first: a star may have several.
    wanted = _IDS if full_name(table) == _DEFAULT else (*_IDS[1:], _IDS[0])
    return next((names[name] for name in wanted if name in names), None)


async def cone(request: Request) -> Response:
    """Answer with the rows of a table around a position."""
    state = state_of(request)
    try:
        parameters = await read_parameters(request)
        opening = await run_in_threadpool(state.openings.current)
        asked = request.path_params.get("table") or parameters.get("TABLE")
        table = _find(opening, asked or _DEFAULT)
        query = _query(table, parameters, state.limits.rows)
    except Problem as error:
        return _refused(error)
    run = Run(state.limits.seconds)

    def work(file: BinaryIO) -> None:
        change = partial(_as_standard, table=table)
        write_answer(state.openings, run, query, file, change=change)

    return await streamed(
        request,
        state.pool,
        run,
        work,
        stalled_seconds=state.limits.stalled_seconds,
        media_type=_XML,
        refused=_refused,
    )


def _find(opening: Opening, asked: str) -> Table:
    tables = {full_name(table).lower(): table for table in cone_tables(opening)}
    name = asked.lower() if "." in asked else f"main.{asked.lower()}"
    if name not in tables:
        hint = did_you_mean(name, tables)
        raise Problem(f"There is no table {asked[:80]} with positions. {hint}")
    return tables[name]


def _query(table: Table, parameters: Parameters, most: int) -> Query:
    """Return the query that a cone is."""
    ra, dec = _number(parameters, "RA"), _number(parameters, "DEC")
    radius = _number(parameters, "SR")
    if not -90 <= dec <= 90:
        raise Problem(f"DEC={dec:g} is not between -90 and 90.")
    if not 0 <= radius <= _MOST_RADIUS:
        raise Problem(f"SR={radius:g} is not between 0 and {_MOST_RADIUS:g}.")
    verb = parameters.whole("VERB")
    limit = parameters.whole("MAXREC")
    limit = most if limit is None else min(limit, most)
    columns = ", ".join(spelled(name) for name in _columns(table, verb or _USUAL_VERB))
    text = (
        f"SELECT {columns} FROM {full_name(table)} WHERE 1 = CONTAINS("  # noqa: S608 - names of ours, numbers
        f"POINT(ra, dec), CIRCLE({ra % 360!r}, {dec!r}, {radius!r}))"
    )
    # To ask for nothing is to ask for the columns alone.
    return Query(text, limit if radius else 0, FORMATS[0])


def _number(parameters: Parameters, name: str) -> float:
    text = parameters.get(name)
    if not text:
        raise Problem(f"{name} is missing: it is in degrees.")
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Problem(f"{name}={text[:80]} is no number of degrees.")
    return found


def _columns(table: Table, verb: int) -> list[str]:
    """Return the columns that are given: those without which there is none, or more."""
    needed = {_id_of(table), *_UCDS}
    return [
        column.name
        for column in table.columns
        if column.name in needed
        or column.name.lower() in _UCDS
        or verb >= _ALL_VERB
        or (verb > _LEAST_VERB and is_principal(table, column))
    ]


def _as_standard(result: Result, table: Table) -> Result:
    """Return a result whose id, ra and dec are told as the standard has them."""
    columns, facts = [], []
    for name, known in zip(result.names, result.facts, strict=True):
        quoted = quote_identifier(name)
        if name.lower() in _UCDS:
            columns.append(f"{quoted}::double as {quoted}")
            facts.append({**known, "ucd": _UCDS[name.lower()]})
        elif name == _id_of(table):
            columns.append(f"{quoted}::varchar as {quoted}")
            facts.append({**known, "ucd": _ID})
        else:
            columns.append(quoted)
            facts.append(known)
    relation = result.relation.select(", ".join(columns))
    return replace(result, relation=relation, facts=facts)


def _refused(error: BaseException) -> Response:
    """Return the VOTable that tells of an error, as the standard has it."""
    problem = told(error)
    if problem.status in (_BUSY, _BUG):
        return error_response(problem)
    value = quoteattr(xml_text(str(problem)))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" '
        'xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        f'<INFO name="Error" value={value}/>\n</VOTABLE>\n'
    )
    return Response(text, media_type=_XML)
