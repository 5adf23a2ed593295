"""Where the rows of a result come from: a query of a warehouse, or rows at hand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from stellarwh.api.columns import Column, columns_of
from stellarwh.api.stopping import Stoppable
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.export.plain_columns import types_within
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.interrupts import interruptible
from stellarwh.warehouse.freshness import any_simulated, sources_of, tables_read
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.objects import shadow_macros
from stellarwh.warehouse.query.missing import naming_missing
from stellarwh.warehouse.query.result import check_statement, refused
from stellarwh.warehouse.query.statement import Statement
from stellarwh.warehouse.scale_facts import scale_keywords

if TYPE_CHECKING:
    import pyarrow as pa


BATCH_ROWS = 100_000
# Types that Arrow takes for others: bits are no bytes, and unsigned integers of 128
# bits become negative. Intervals and unions, which it has, no frame takes.
_NOT_IN_ARROW = {"UHUGEINT", "BIT", "BIGNUM", "INTERVAL", "UNION"}
_NO_VALUE = re.compile(r"Unable to transform python value of type '<class '(.+?)'>'")


class Asked(Protocol):
    """Gives rows, again and again."""

    columns: tuple[Column, ...]

    def table(self) -> "pa.Table":
        """Return all rows."""

    def head(self, rows: int) -> "pa.Table":
        """Return the first rows."""

    def count(self) -> int:
        """Return how many rows there are."""

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Give all rows, part by part."""

    def said(self) -> dict[str, Any]:
        """Return what is known of the rows as a whole, by keyword."""


class Open(Protocol):
    """A warehouse that was opened."""

    path: Path
    connection: duckdb.DuckDBPyConnection
    lock: RLock

    @property
    def is_closed(self) -> bool:
        """Whether it was closed since."""


class Given:
    """Rows that are at hand.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    columns : tuple of Column
        What is known of them.
    """

    def __init__(self, table: "pa.Table", columns: tuple[Column, ...]) -> None:
        self._table = table
        self.columns = columns

    def table(self) -> "pa.Table":
        """Return all rows."""
        return self._table

    def head(self, rows: int) -> "pa.Table":
        """Return the first rows."""
        return self._table.slice(0, rows)

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._table.num_rows)

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Give all rows, part by part."""
        yield from self._table.to_batches(BATCH_ROWS)

    def said(self) -> dict[str, Any]:
        """Return what is known of the rows as a whole: nothing."""
        return {}


class Query:
    """Rows that a statement gives, each time that it is asked.

    Parameters
    ----------
    warehouse : Warehouse
        Its lock is held while its connection is used, which has one result at a
        time.
    statement : Statement
        One that reads.
    parameters : sequence or mapping
        Values for the ``?`` or ``$name`` in it.

    Raises
    ------
    SqlError
        If DuckDB refuses it.
    """

    def __init__(
        self,
        warehouse: Open,
        statement: Statement,
        parameters: Sequence[Any] | Mapping[str, Any],
    ) -> None:
        # Kept, so that nobody closes it while there are results of it.
        self._warehouse = warehouse
        connection = self._connection = warehouse.connection
        self._statement = statement
        self._parameters = parameters or None
        with self._turn():
            names, types = self._described()
            self.columns = columns_of(connection, statement.sql, names, types)
            ((self._catalog,),) = connection.sql("select current_database()").fetchall()
        kept = []
        for at, (name, kind) in enumerate(zip(names, types, strict=True)):
            column = f"c{at}"
            if _NOT_IN_ARROW & types_within(kind):
                column += "::varchar"
            kept.append(f"{column} as {quote_identifier(name)}")
        called = ", ".join(f"c{at}" for at in range(len(names)))
        # On lines of their own: the last one of the statement may be a comment.
        self._rows = f"(\n{statement.sql}\n) as stellarwh_rows({called})"
        self._select = f"select {', '.join(kept)} from {self._rows}"  # noqa: S608 - quoted names

    def table(self) -> "pa.Table":
        """Return all rows."""
        return self._fetched(self._select)

    def head(self, rows: int) -> "pa.Table":
        """Return the first rows."""
        return self._fetched(f"{self._select} limit {rows}")

    def count(self) -> int:
        """Return how many rows there are."""
        asked = f"select count(*) as n from {self._rows}"  # noqa: S608 - a statement of its own
        return int(self._fetched(asked).column(0)[0].as_py())

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Give all rows, part by part, on a connection of their own.

        What only this connection has, as a temporary table, is not there; all rows
        are fetched at once then.
        """
        with self._turn():
            beside = interruptible(self._connection.cursor())
        try:
            try:
                with Stoppable(beside):
                    beside.execute("set timezone = 'UTC'")
                    beside.execute(f"use {quote_identifier(self._catalog)}")
                    shadow_macros(beside)
                    asked = self._run(beside, self._select)
                    reader = asked.to_arrow_reader(BATCH_ROWS)
            except duckdb.Error:
                yield from self.table().to_batches(BATCH_ROWS)
                return
            while (batch := self._next(beside, reader)) is not None:
                yield batch
        except duckdb.Error as error:
            raise refused(str(error)) from None
        finally:
            beside.close()

    def said(self) -> dict[str, Any]:
        """Return what an export of the rows says of them, by keyword."""
        with self._turn():
            tables = tables_read(
                self._connection, self._statement.sql, self._parameters
            )
            is_simulated = any_simulated(sources_of(self._connection, tables))
            return {
                **({"SIMULATE": True} if is_simulated else {}),
                **scale_keywords(self._connection, tables),
            }

    def _next(
        self, beside: duckdb.DuckDBPyConnection, reader: "pa.RecordBatchReader"
    ) -> "pa.RecordBatch | None":
        self._require_open()
        with Stoppable(beside):
            return next(reader, None)

    def _require_open(self) -> None:
        if self._warehouse.is_closed:
            raise WarehouseError(
                f"{self._warehouse.path} is closed; open it again, or take "
                "to_arrow() of the result before."
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the connection for oneself, if it is open yet."""
        with self._warehouse.lock, Stoppable(self._connection):
            self._require_open()
            try:
                yield
            except duckdb.Error as error:
                raise refused(str(error)) from None

    def _described(self) -> tuple[list[str], list[str]]:
        check_statement(self._connection, self._statement)
        relation = self._run(self._connection, f"describe {self._statement.sql}")
        rows = relation.fetchall()
        return [row[0] for row in rows], [row[1] for row in rows]

    def _run(
        self, connection: duckdb.DuckDBPyConnection, sql: str
    ) -> duckdb.DuckDBPyRelation:
        relation = _run(connection, sql, self._parameters)
        assert relation is not None  # it is a SELECT
        return relation

    def _fetched(self, sql: str) -> "pa.Table":
        with self._turn():
            return self._run(self._connection, sql).to_arrow_table()


def plan_of(
    warehouse: Open,
    statement: Statement,
    parameters: Sequence[Any] | Mapping[str, Any],
) -> Given:
    """Return what EXPLAIN says of a statement, which stands in no FROM.

    Raises
    ------
    SqlError
        If DuckDB refuses it.
    """
    with warehouse.lock:
        try:
            found = _run(warehouse.connection, statement.sql, parameters or None)
            assert found is not None  # EXPLAIN has a result
            told = zip(found.columns, found.types, strict=True)
            columns = tuple(Column(name, str(kind)) for name, kind in told)
            return Given(found.to_arrow_table(), columns)
        except duckdb.Error as error:
            message = naming_missing(warehouse.connection, statement.sql, str(error))
            raise refused(message) from None


def _run(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None,
) -> duckdb.DuckDBPyRelation | None:
    """Run SQL; what no parameter can be is refused in a sentence."""
    try:
        return connection.sql(sql, params=parameters)
    except duckdb.Error as error:
        found = _NO_VALUE.search(str(error))
        if found is None:
            raise
        kind = found[1].rpartition(".")[2]
        raise _no_value(kind) from None
    except (NotImplementedError, TypeError, ValueError) as error:
        raise _no_value(first_line(str(error))) from None


def _no_value(what: str) -> UsageError:
    return UsageError(
        f"A parameter cannot be given to SQL ({what}); give a number, a text, a date, "
        "or a list of these."
    )
