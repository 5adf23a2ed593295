"""Run the report's own SQL files against a warehouse that may be incomplete."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from stellarwh.errors import UnfitError
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.seals import origins

Columns = dict[str, NDArray[Any]]
_QUERIES = Path(__file__).resolve().parent / "queries"


class Reader:
    """Reads what a report shows; nothing it returns grows with the warehouse.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._objects = {row["name"] for row in self.rows("objects")}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, for what is written for any table and not for one file."""
        return self._connection

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
        """Keep the rows of ``queries/<name>.sql`` under that name until `forget`.

        Other queries may read them. DuckDB moves what does not fit in memory to disk;
        the warehouse itself is not touched and may be open read-only.
        """
        with _explained(name):
            self._connection.execute(
                f"create or replace temp table {name} as {_read_query(name)}",
                parameters or None,
            )

    def forget(self, *names: str) -> None:
        """Drop what `gather` kept."""
        for name in names:
            self._connection.execute(f"drop table if exists temp.{name}")

    def rows(
        self, query: str, *, points: str | None = None, **parameters: Any
    ) -> list[dict[str, Any]]:
        """Return the rows of ``queries/<query>.sql``.

        Parameters
        ----------
        query : str
            Name of the file, without its ending.
        points : str, optional
            A file of ``queries/planes`` that the query reads under the name `points`.
        **parameters
            Values of the ``$name`` parameters of the two files, exactly these.
        """
        with _explained(query):
            cursor = self._run(query, points, parameters)
            names = [column[0] for column in cursor.description or ()]
            return [
                dict(zip(names, map(_plain, row), strict=True))
                for row in cursor.fetchall()
            ]

    def columns(
        self, query: str, *, points: str | None = None, **parameters: Any
    ) -> Columns:
        """Return the columns of a query as arrays; NULL becomes NaN in numbers."""
        with _explained(query):
            found = self._run(query, points, parameters).fetchnumpy()
        return {
            name: np.ma.filled(values.astype(float), np.nan)
            if np.ma.isMaskedArray(values) and values.dtype.kind in "iuf"
            else np.asarray(values)
            for name, values in found.items()
        }

    def _run(
        self, query: str, points: str | None, parameters: dict[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        sql = _read_query(query)
        if points is not None:
            sql = f"with points as (\n{_read_query(f'planes/{points}')}\n)\n{sql}"
        return self._connection.execute(sql, parameters or None)


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
