"""What a language model may ask of a warehouse, and the answers it gets.

It goes the way of every query of the service: read by the grammar of ADQL, looked up
among the tables that are served, run on a connection that reaches no file, within
limits. Answers are small: whoever reads them pays for each word.
"""

import datetime
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Self

import duckdb

from stellarwh.adql.tables import DEFAULT_SCHEMA, Column, Table
from stellarwh.errors import StellarwhError, did_you_mean
from stellarwh.explain.chain import USUAL, explain_star
from stellarwh.quoting import quote_identifier
from stellarwh.serve.formats import Format, Result
from stellarwh.serve.limits import Limits
from stellarwh.serve.opening import Opening, Openings
from stellarwh.serve.problems import Problem
from stellarwh.serve.queries import Query, write_answer
from stellarwh.serve.runs import Pool, Run
from stellarwh.serve.served import is_placed
from stellarwh.serve.simulated import told_of

__all__ = ["AGENT_LIMITS", "Agent"]

# A table is shown in a few hundred lines; for more there is the service.
AGENT_LIMITS = Limits(rows=1_000, seconds=60, workers=2, waiting=16)
# Letters of an answer: some 15,000 words.
_MOST_LETTERS = 60_000
# Larger whole numbers are rounded by readers that know only doubles.
_EXACT = 2**53
_MOST_RADIUS = 36_000.0

Answer = dict[str, Any]


class Agent:
    """Answers questions about a warehouse.

    Parameters
    ----------
    path : Path
        The warehouse.
    limits : Limits
        What questions may take.

    Raises
    ------
    WarehouseError
        If the warehouse cannot be opened.
    """

    def __init__(self, path: Path, limits: Limits = AGENT_LIMITS) -> None:
        self._limits = limits
        self._openings = Openings(path, limits)
        self._pool = Pool(limits.workers, limits.waiting, "agent")

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all questions, and close the warehouse."""
        self._pool.close()
        self._openings.close()

    def schema(self, table: str | None = None) -> Answer:
        """Return which tables there are, or the columns of one.

        Parameters
        ----------
        table : str, optional
            ``schema.table``, or the table alone if it is in `main`.

        Raises
        ------
        Problem
            If there is no such table.
        """
        opening = self._openings.current()
        told = told_of(opening.simulated)
        note = {"note": told} if told else {}
        if table:
            found = _find(opening, table)
            columns = [_described(column) for column in found.columns]
            return {**_named(found), **note, "columns": columns}
        tables = [_named(one) for one in opening.tables.tables]
        return {**note, "tables": tables}

    def query(self, adql: str, max_rows: int = 100) -> Answer:
        """Return the rows of a query.

        Parameters
        ----------
        adql : str
            One query in ADQL 2.1.
        max_rows : int
            Rows that are wanted at most.

        Raises
        ------
        Problem
            If it cannot be answered.
        """
        limit = min(max(max_rows, 1), self._limits.rows)
        answer: Answer = {}

        def write(result: Result, _: BinaryIO) -> None:
            answer.update(_answer(result))

        asked = Query(adql, limit, Format("rows", "", write, ""))

        def work(run: Run) -> None:
            write_answer(self._openings, run, asked, BytesIO())

        self._done(work)
        return answer

    def cone_search(
        self,
        ra: float,
        dec: float,
        radius_arcsec: float,
        table: str = f"{DEFAULT_SCHEMA}.stars",
        max_rows: int = 20,
    ) -> Answer:
        """Return the rows of a table around a position, the nearest first.

        Parameters
        ----------
        ra, dec : float
            ICRS, in degrees.
        radius_arcsec : float
            In arcsec, up to 10 degrees.
        table : str
            One that has ``ra`` and ``dec``.
        max_rows : int
            Rows that are wanted at most.

        Raises
        ------
        Problem
            If there is no such table, or no such place.
        """
        if not (math.isfinite(ra) and -90 <= dec <= 90):
            raise Problem(f"RA {ra:g}, Dec {dec:g} is no place on the sky, in degrees.")
        if not 0 < radius_arcsec <= _MOST_RADIUS:
            raise Problem(
                f"A radius is above 0 and at most {_MOST_RADIUS:,.0f} arcsec, and this "
                f"is {radius_arcsec:g}."
            )
        found = _find(self._openings.current(), table)
        if not is_placed(found):
            raise Problem(f"{found.schema}.{found.name} has no position, ra and dec.")
        place = f"point({ra % 360!r}, {dec!r})"
        name = f"{quote_identifier(found.schema)}.{quote_identifier(found.name)}"
        adql = (
            f"select t.*, distance(point(ra, dec), {place}) * 3600 as separation "  # noqa: S608 - a table that is there, and numbers
            f"from {name} as t where 1 = contains(point(ra, dec), "
            f"circle({ra % 360!r}, {dec!r}, {radius_arcsec / 3600!r})) "
            "order by separation"
        )
        return self.query(adql, max_rows)

    def explain(self, star: str, quantities: Sequence[str] = USUAL) -> Answer:
        """Return how the values of one star came to be, step by step.

        Parameters
        ----------
        star : str
            Its star_id, a Gaia id, a survey's id or name of it, or a position.
        quantities : sequence of str
            Such as ``teff``.

        Raises
        ------
        Problem
            If there is no such star.
        """
        told: list[str] = []
        opening = self._openings.current()

        def work(run: Run) -> None:
            with opening.cursor(for_good=False) as cursor, run.working(cursor):
                told.append(str(explain_star(cursor, star, quantities=quantities)))

        self._done(work)
        return {"told": _cut(told[0])}

    def _done(self, work: Callable[[Run], None]) -> None:
        """Do work in turn and within its time; raise what a client is told."""
        run = Run(self._limits.seconds)
        with _told(run):
            self._pool.start(run, lambda: work(run)).result()


@contextmanager
def _told(run: Run) -> Iterator[None]:
    try:
        yield
    except (Problem, StellarwhError, duckdb.Error, OSError) as error:
        raise run.problem(error) from None


def _named(table: Table) -> Answer:
    named: Answer = {"table": f"{table.schema}.{table.name}"}
    if table.description:
        named["description"] = table.description
    if table.rows is not None:
        named["rows"] = table.rows
    return named


def _described(column: Column) -> Answer:
    facts = {
        "name": column.name,
        "type": column.type,
        "unit": column.unit,
        "ucd": column.ucd,
        "description": column.description,
    }
    return {key: text for key, text in facts.items() if text}


def _find(opening: Opening, name: str) -> Table:
    schema, _, table = name.replace('"', "").rpartition(".")
    found = opening.tables.find(schema, table)
    if found is None:
        known = [f"{one.schema}.{one.name}" for one in opening.tables.tables]
        raise Problem(f"There is no table {name[:80]}. {did_you_mean(name, known)}")
    return found


def _answer(result: Result) -> Answer:
    """Return columns and rows of a result, as many as an answer holds."""
    types = [str(kind) for kind in result.relation.types]
    columns = [
        {"name": name, "type": kind, **{k: v for k, v in facts.items() if k != "xtype"}}
        for name, kind, facts in zip(result.names, types, result.facts, strict=True)
    ]
    most = min(result.limit, result.top)
    rows: list[list[Any]] = []
    letters = 0
    is_whole = True
    for row in result.relation.limit(most + 1).fetchall():
        plain = [_plain(value) for value in row]
        letters += len(json.dumps(plain))
        if len(rows) == most or letters > _MOST_LETTERS:
            is_whole = len(rows) == result.top
            break
        rows.append(plain)
    answer: Answer = {"columns": columns, "rows": rows, "is_complete": is_whole}
    if not is_whole:
        answer["note"] = (
            f"These are the first {len(rows)} rows, and there are more: ask for fewer "
            "columns, for sums and counts, or for part of the sky."
        )
    if result.said.is_simulated:
        answer["is_simulated"] = True
    return answer


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, whole numbers to their last digit."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _cut(text: str) -> str:
    if len(text) <= _MOST_LETTERS:
        return text
    return text[:_MOST_LETTERS].rpartition("\n")[0] + "\n… (cut off)"
