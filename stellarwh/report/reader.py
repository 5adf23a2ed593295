"""Run the report's own SQL files against a warehouse that may be incomplete."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.errors import UnfitError, UsageError, did_you_mean
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.figure import Asked, Parameter
from stellarwh.report.figures.known import ask
from stellarwh.report.figures.statement import (
    filled,
    parameters_of,
    pasteable,
    read_step,
    statement,
)
from stellarwh.report.nearby import POSITIONS, select_positions
from stellarwh.report.some_stars import of_stars
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.seals import origins

_QUERIES = Path(__file__).resolve().parent / "queries"
# The source that has no file: the positions of whichever catalogue stands placed.
_PLACED = {"positions": f"from {POSITIONS}"}


class Reader:
    """Reads what a report shows; nothing it returns grows with the warehouse.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._gathered: dict[str, dict[str, Any]] = {}
        self._objects = {row["name"] for row in self.rows("objects")}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, for what is written for any table and not for one file."""
        return self._connection

    @property
    def objects(self) -> set[str]:
        """All tables and views of the warehouse, as ``schema.name``."""
        return self._objects

    def has(self, *names: str) -> bool:
        """Return whether every named object, such as ``main.stars``, is there."""
        return self._objects.issuperset(names)

    def origins(self) -> dict[str, str]:
        """Return by run who sealed it, in the words of a page that others read."""
        return {
            run: origin.words.replace("by you", "by who wrote this page").replace(
                "since you sealed it", "since who wrote this page sealed it"
            )
            for run, origin in origins(self._connection).items()
        }

    def gather(self, name: str, **parameters: Any) -> None:
        """Keep the rows of a source of figures under its name until `forget`.

        Figures that are asked for with the same values read them, and so may other
        queries. DuckDB moves what does not fit in memory to disk; the warehouse itself
        is not touched and may be open read-only.
        """
        rows = read_step(f"sources/{name}")
        with _explained(name):
            self._gathered.pop(name, None)
            self._connection.execute(
                f"create or replace temp table {name} as {rows}", parameters or None
            )
        self._gathered[name] = parameters

    def gather_of_stars(self, stars: str, *names: str) -> None:
        """Keep the rows of sources of figures that read views of some stars alone.

        What is kept already is not read again.

        Parameters
        ----------
        stars : str
            The source that says which; it is kept, too.
        *names : str
            The sources.
        """
        if self._gathered.keys() >= {stars, *names}:
            return
        if stars not in self._gathered:
            self.gather(stars)
        with _explained(stars), of_stars(self._connection, stars):
            for name in names:
                self.gather(name)

    def work_out(self, view: str) -> None:
        """Keep all rows of a view of ``main`` until `forget`, read in its place.

        A temporary table comes before what has its name in the warehouse, for queries
        and for views that read it alike.

        Parameters
        ----------
        view : str
            Its name, without ``main``.
        """
        with _explained(view):
            self._connection.execute(
                f"create or replace temp table {view} as from main.{view}"
            )

    def forget(self, *names: str) -> None:
        """Drop what `gather` kept."""
        for name in names:
            self._gathered.pop(name, None)
            self._connection.execute(f"drop table if exists temp.{name}")

    def figure(
        self, name: str, given: Mapping[str, str] | None = None, **parameters: Any
    ) -> FigureData | None:
        """Return the rows of a figure; None where the warehouse lacks what it reads.

        Parameters
        ----------
        name : str
            One of `stellarwh.report.figures.known.FIGURES`.
        given : mapping of str to str, optional
            The SQL of sources that take the place of those of these names.
        **parameters
            What it is asked for; what is not named is NULL.

        Raises
        ------
        UsageError
            If there is no such figure, or it takes other parameters.
        UnfitError
            If its query does not fit the warehouse.
        """
        asked = ask(name, **parameters)
        if not self.has(*asked.figure.needs):
            return None
        given = given or {}
        gathered = self._gathered_for(asked) - set(given)
        sql = statement(asked.figure, gathered, {**_PLACED, **given})
        used = parameters_of(sql)
        values = {k: v for k, v in asked.parameters.items() if k in used}
        with _explained(name):
            # A relation would be planned twice, and that takes longer than the rows.
            columns = self._connection.execute(sql, values or None).fetchnumpy()
        return FigureData(asked, columns, pasteable(asked, self._given(asked)))

    def pasteable(self, asked: Asked) -> str:
        """Return the query of a figure, complete and with all values.

        Raises
        ------
        UnfitError
            If the warehouse lacks what it reads.
        UsageError
            If it has no such survey, run or target.
        StellarwhError
            If it is of the positions of a table that has none.
        """
        missing = next((name for name in asked.figure.needs if not self.has(name)), "")
        if missing:
            raise UnfitError(
                f"The figure '{asked.name}' is of {missing}, which this warehouse does "
                "not have; run 'stellarwh build' and try again."
            )
        for parameter in asked.figure.parameters:
            self._check_known(asked, parameter)
        return pasteable(asked, self._given(asked))

    def _given(self, asked: Asked) -> dict[str, str]:
        """Return the SQL of the sources that have no file."""
        if "positions" not in asked.figure.sources:
            return {}
        table = asked.parameters["table"]
        return {"positions": select_positions(self._connection, table)}

    def _check_known(self, asked: Asked, parameter: Parameter) -> None:
        """Refuse a value that the warehouse does not have."""
        value = asked.parameters[parameter.name]
        if not parameter.known or value is None:
            return
        sql = read_step(f"known/{parameter.known}")
        used = {name: asked.parameters[name] for name in parameters_of(sql)}
        with _explained(f"known/{parameter.known}"):
            rows = self._connection.execute(sql, used or None).fetchall()
        known = [str(found) for (found,) in rows]
        if value not in known:
            hint = did_you_mean(value, known) if known else "There is none."
            raise UsageError(
                f"The figure '{asked.name}' has no {parameter.name} '{value}'. {hint}"
            )

    def _gathered_for(self, asked: Asked) -> set[str]:
        """Return the sources that stand gathered with the values that are asked for."""
        return {
            source
            for source in asked.figure.sources
            if source in self._gathered
            and all(
                asked.parameters.get(name) == value
                for name, value in self._gathered[source].items()
            )
        }

    def told(self, query: str, **parameters: Any) -> str:
        """Return ``queries/<query>.sql`` with values, to paste into the shell."""
        return filled(_read_query(query), parameters) + ";\n"

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of ``queries/<query>.sql``.

        Parameters
        ----------
        query : str
            Name of the file, without its ending.
        **parameters
            Values of the ``$name`` parameters of the file, exactly these.
        """
        with _explained(query):
            cursor = self._connection.execute(_read_query(query), parameters or None)
            names = [column[0] for column in cursor.description or ()]
            return [
                dict(zip(names, map(_plain, row), strict=True))
                for row in cursor.fetchall()
            ]


def _plain(value: Any) -> Any:
    """Return a DECIMAL as a float: everything here is printed rounded."""
    return float(value) if isinstance(value, Decimal) else value


@contextmanager
def _explained(query: str) -> Iterator[None]:
    """Turn what DuckDB refuses into an error that says what to do."""
    try:
        yield
    except duckdb.Error as error:
        raise UnfitError(
            f"The report's query '{query}' does not fit this warehouse "
            f"({first_line(str(error))}); run 'stellarwh build' and try again."
        ) from None


@cache
def _read_query(name: str) -> str:
    text = (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")
