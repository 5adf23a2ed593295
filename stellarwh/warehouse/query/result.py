"""The result of one statement, of which any SQL can be asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from duckdb.sqltypes import DuckDBPyType

from stellarwh.errors import SqlError
from stellarwh.runtime.plain_text import one_line
from stellarwh.warehouse.messages import REFUSED, with_excerpt
from stellarwh.warehouse.query.missing import naming_missing
from stellarwh.warehouse.query.statement import Statement

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = "stellarwh_rows"
_GIVEN = "stellarwh_given"
_BATCH_ROWS = 20_000
# Where a file that may be read is not there, DuckDB looks for a folder of that name.
_MISSING = re.compile(r"(.+)/\*\*/\*\.\w+", re.DOTALL)


@dataclass(frozen=True)
class QueryResult:
    """Names and types of the columns of a result, and how to get its rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where it is computed.
    statement : Statement
        What is computed.
    relation : duckdb.DuckDBPyRelation
        What DuckDB made of the statement.
    """

    connection: duckdb.DuckDBPyConnection
    statement: Statement
    relation: duckdb.DuckDBPyRelation

    @property
    def names(self) -> list[str]:
        """Names of the columns; two may be alike."""
        return self.relation.columns

    @property
    def types(self) -> list[DuckDBPyType]:
        """Types of the columns."""
        return self.relation.types

    @property
    def columns(self) -> list[str]:
        """What SQL calls the columns, whatever their names: c0, c1 and so on."""
        return [f"c{at}" for at in range(len(self.names))]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on the rows and return what it returns: little, as it is all kept.

        Without Arrow, which takes longer to load than most queries.

        Parameters
        ----------
        sql : str
            A SELECT from `ROWS`, whose columns are called as `columns` says.

        Raises
        ------
        SqlError
            If DuckDB refuses it.
        """
        try:
            return self._asked(sql).fetchall()
        except (duckdb.Error, OSError) as error:
            raise refused(str(error), lines_before=1) from None

    def batches(
        self, sql: str, *, more: str = "", once: bool = False
    ) -> "Iterator[pa.RecordBatch]":
        """Run SQL on the rows and give what it returns, part by part.

        Parameters
        ----------
        sql : str
            A SELECT from `ROWS`, whose columns are called as `columns` says.
        more : str
            Further common tables that it reads, each after a comma.
        once : bool
            Compute the rows once and keep them, as they are looked at several times.

        Raises
        ------
        SqlError
            If DuckDB refuses it, perhaps after some of the rows.
        """
        import pyarrow as pa  # noqa: PLC0415 - tables need none

        try:
            asked = self._asked(sql, more=more, once=once)
            yield from asked.to_arrow_reader(_BATCH_ROWS)
        # Errors on the way come through Arrow, as of a file.
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise refused(str(error), lines_before=1) from None

    def _asked(
        self, sql: str, *, more: str = "", once: bool = False
    ) -> duckdb.DuckDBPyRelation:
        table = f"with {ROWS}({', '.join(self.columns)}) as "
        table += "materialized (" if once else "("
        if self.statement.is_select:
            # On lines of their own: the last one may be a comment.
            relation: duckdb.DuckDBPyRelation | None = self.connection.sql(
                f"{table}\n{self.statement.sql}\n){more} {sql}"
            )
        else:
            relation = self.relation.query(_GIVEN, f"{table}from {_GIVEN}){more} {sql}")
        assert relation is not None  # it is a SELECT
        return relation


def check_statement(
    connection: duckdb.DuckDBPyConnection, statement: Statement
) -> None:
    """Let DuckDB plan a SELECT, so that what it refuses is shown as it was written.

    Raises
    ------
    SqlError
        If DuckDB refuses it.
    """
    try:
        if statement.is_select:
            connection.execute(f"prepare stellarwh_statement as\n{statement.sql}")
    except duckdb.Error as error:
        message = naming_missing(connection, statement.sql, str(error))
        raise refused(message, lines_before=1) from None


def run_statement(
    connection: duckdb.DuckDBPyConnection, statement: Statement
) -> QueryResult:
    """Return the result of a statement; of a SELECT, before it is computed.

    Raises
    ------
    SqlError
        If DuckDB refuses it.
    """
    check_statement(connection, statement)
    try:
        relation = connection.sql(statement.sql)
        if relation is None:  # EXPORT DATABASE, which has said all when it is done
            relation = connection.sql("select true as success")
    except duckdb.Error as error:
        message = naming_missing(connection, statement.sql, str(error))
        raise refused(message) from None
    return QueryResult(connection, statement, relation)


def refused(message: str, lines_before: int = 0) -> SqlError:
    """Return what the user is told of an error of DuckDB's.

    Parameters
    ----------
    message : str
        What DuckDB says.
    lines_before : int
        Lines that stand before those that the user wrote.
    """
    path = REFUSED.search(message)
    if not path:
        return SqlError(with_excerpt(message, lines_before))
    missing = _MISSING.fullmatch(path[1])
    if missing:
        return SqlError(f"There is no file {one_line(missing[1])}.")
    hint = "--allow-files opens files that the query itself names in quotes"
    return SqlError(with_excerpt(message, lines_before, hint))
