"""Results and errors as VOTables, as DALI has them, while the rows come."""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.output_column import OutputColumn
from stellarwh.catalogues.text.write import write_lines
from stellarwh.catalogues.votable.write import (
    binary2_rows,
    declare,
    field_xml,
    write_base64,
    xml_text,
)
from stellarwh.quoting import quote_identifier
from stellarwh.serve.problems import Problem, Told

__all__ = ["Said", "error_document", "output_columns", "tabledata_row", "write_votable"]

_START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    '<RESOURCE type="results">\n'
)
_END = "</RESOURCE>\n</VOTABLE>\n"
# What XML has no place for, by the pattern language of DuckDB's.
_NO_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"


@dataclass(frozen=True)
class Said:
    """What a result says of itself beside its rows.

    Parameters
    ----------
    name : str
        Of the table.
    query : str
        What was asked.
    is_simulated : bool
        Whether rows are simulated, or learned from such.
    notes : tuple of str
        More of it, a sentence each.
    """

    name: str = "result"
    query: str = ""
    is_simulated: bool = False
    notes: tuple[str, ...] = ()


def info(name: str, value: str, text: str = "") -> str:
    """Return an INFO element."""
    known = f"name={quoteattr(name)} value={quoteattr(xml_text(value))}"
    body = f">{escape(xml_text(text))}</INFO>" if text else "/>"
    return f"<INFO {known}{body}\n"


def error_document(message: str) -> bytes:
    """Return the VOTable that tells of an error."""
    status = info("QUERY_STATUS", "ERROR", message)
    return f"{_START}{status}{_END}".encode()


def output_columns(
    schema: pa.Schema, facts: Sequence[dict[str, str]], first: pa.RecordBatch | None
) -> list[OutputColumn]:
    """Return how VOTable describes the columns of a result.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of a plain relation.
    facts : sequence of dict
        Unit, ucd, description and xtype of each column, where known.
    first : pyarrow.RecordBatch or None
        The first rows, by which texts are ASCII or not.
    """
    columns = []
    for i, (field, about) in enumerate(zip(schema, facts, strict=True)):
        if pa.types.is_string(field.type):
            is_ascii = first is None or _is_ascii(first.column(i))
            column = OutputColumn(field.name, field.type, width=0, is_ascii=is_ascii)
            columns.append(column.described(about))
        else:
            columns.append(declare(field.name, field.type, about))
    return columns


def _is_ascii(texts: pa.Array) -> bool:
    return bool(pc.all(pc.string_is_ascii(texts)).as_py() is not False)


def _head(said: Said, columns: Iterable[OutputColumn]) -> str:
    infos = info("QUERY_STATUS", "OK")
    if said.query:
        infos += info("QUERY", said.query)
    if said.is_simulated:
        infos += info("SIMULATE", "T", "Rows are simulated, or learned from such.")
    infos += "".join(info("NOTE", text) for text in said.notes)
    # Of a table's elements astropy gives its description alone as `meta`.
    about = "SIMULATE = T: rows are simulated, or learned from such."
    about = f"<DESCRIPTION>{about}</DESCRIPTION>\n" if said.is_simulated else ""
    fields = "".join(map(field_xml, columns))
    return f"{_START}{infos}<TABLE name={quoteattr(said.name)}>\n{about}{fields}"


def write_votable(
    file: BinaryIO,
    columns: Sequence[OutputColumn],
    rows: "Rows",
    said: Said,
    why: Callable[[Exception], Problem],
    *,
    as_text: bool,
) -> None:
    """Write a result as it comes.

    Parameters
    ----------
    file : binary file
        Where to.
    columns : sequence of OutputColumn
        As `output_columns` gives them.
    rows : Rows
        The rows: values; or each row as XML, with ``as_text``.
    said : Said
        What else it says.
    why : callable
        Returns what a client is told of an error.
    as_text : bool
        As TABLEDATA, not as BINARY2.

    Raises
    ------
    Told
        If the rows ended with an error, which stands behind them.
    """
    kind = "<TABLEDATA>" if as_text else '<BINARY2>\n<STREAM encoding="base64">'
    file.write(f"{_head(said, columns)}<DATA>\n{kind}\n".encode())
    problem = None
    try:
        if as_text:
            write_lines(file, rows)
        else:
            _write_binary2(file, list(columns), rows)
    except (Problem, duckdb.Error, pa.ArrowException, OSError) as error:
        problem = why(error)
    kind = "</TABLEDATA>" if as_text else "</STREAM>\n</BINARY2>"
    file.write(f"{kind}\n</DATA>\n</TABLE>\n".encode())
    if problem is not None:
        file.write(info("QUERY_STATUS", "ERROR", str(problem)).encode())
    elif rows.is_cut_off:
        text = f"{told_of_more(rows.limit)}."
        file.write(info("QUERY_STATUS", "OVERFLOW", text).encode())
    file.write(_END.encode())
    if problem is not None:
        raise Told(str(problem), problem.status)


def told_of_more(limit: int) -> str:
    """Return what is said of a result that is cut off."""
    return f"there are more rows than the {limit} that were asked for"


def _write_binary2(file: BinaryIO, columns: list[OutputColumn], rows: "Rows") -> None:
    left = b""
    for batch in rows:
        left = write_base64(
            file, left + binary2_rows(columns, _encoded(columns, batch))
        )
    file.write(base64.b64encode(left))


def _encoded(columns: list[OutputColumn], batch: pa.RecordBatch) -> pa.RecordBatch:
    """Refuse a text that its column has no room for."""
    for column, values in zip(columns, batch.columns, strict=True):
        if column.is_text and column.is_ascii and not _is_ascii(values):
            raise Problem(
                f"{column.name} has texts that are not ASCII after many that are; ask "
                "for RESPONSEFORMAT=votable/td."
            )
    return batch


class Rows:
    """The rows of a result, no more of them than its limit.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        At least one row more than the limit, if there is one.
    limit : int
        Rows that are given; with more, the result is cut off.
    top : int
        Rows that there are at most, whatever the batches hold.

    Attributes
    ----------
    is_cut_off : bool
        Whether there were more, once all have been given.
    count : int
        Rows that have been given.
    """

    def __init__(self, batches: pa.RecordBatchReader, limit: int, top: int) -> None:
        self.limit = limit
        self._most = min(limit, top)
        self._is_of_limit = limit < top
        self.count = 0
        self.is_cut_off = False
        self._batches = batches
        # To have the first rows is to know that the query works.
        self.first = next(batches, None)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield batches."""
        batch, self.first = self.first, None
        while batch is not None:
            is_last = self.count + batch.num_rows > self._most
            if is_last:
                batch = batch.slice(0, self._most - self.count)
                self.is_cut_off = self._is_of_limit
            self.count += batch.num_rows
            yield batch
            if is_last:
                # Else the connection would wait for somebody to take the rest.
                self._batches.close()
                return
            batch = next(self._batches, None)


def tabledata_row(schema: pa.Schema) -> str:
    """Return SQL for a row as TABLEDATA, of a plain relation."""
    cells = ", ".join(
        _cell(quote_identifier(field.name), field.type) for field in schema
    )
    return f"concat('<TR>', {cells}, '</TR>', chr(10))"


def _cell(name: str, kind: pa.DataType) -> str:
    text = f"{name}::varchar"
    if pa.types.is_string(kind):
        text = name
        for found, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = f"replace({text}, '{found}', '{entity}')"
        # A reader takes the end of a line of Windows for one of its own.
        text = f"replace({text}, chr(13), '&#13;')"
        text = f"regexp_replace({text}, '{_NO_XML}', chr(65533), 'g')"
    elif pa.types.is_nested(kind):
        text = f"translate({text}, '[],', '')"
        text = f"replace(replace({text}, 'NULL', 'NaN'), 'nan', 'NaN')"
        text = f"replace({text}, 'inf', 'Inf')"
    elif pa.types.is_floating(kind):
        text = (
            f"case when isfinite({name}) then {text} when isnan({name}) then 'NaN' "
            f"when {name} > 0 then 'Inf' when {name} < 0 then '-Inf' end"
        )
    return f"'<TD>', coalesce({text}, ''), '</TD>'"
