"""The formats that results are sent in, and how each is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from stellarwh.catalogues.parquet.write import write_parquet
from stellarwh.catalogues.table import VECTOR_ROWS
from stellarwh.catalogues.text.write import header_line, row_of, write_lines
from stellarwh.export.formats import WRITERS, parquet_batches, schema_of
from stellarwh.export.source import Source, kept
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.runtime.folders import temporary_folder
from stellarwh.serve.plain import plain_relation, plain_type
from stellarwh.serve.problems import Problem
from stellarwh.serve.votable import (
    Rows,
    Said,
    output_columns,
    tabledata_row,
    told_of_more,
    write_votable,
)

__all__ = ["FORMATS", "Format", "Result", "find_format"]

_MOST_ROWS = 8 * VECTOR_ROWS
_MOST_VALUES = 500_000
_PIECE = 1 << 20


@dataclass(frozen=True)
class Result:
    """What a query gives, before it is written.

    Parameters
    ----------
    cursor : duckdb.DuckDBPyConnection
        Of the query alone.
    relation : duckdb.DuckDBPyRelation
        The rows: one more than the limit, if there are as many.
    facts : list of dict
        Unit, ucd, description and xtype of each column, where known.
    limit, top : int
        Rows that are given at most: more are a result that is cut off by the first,
        and none of it by the second, which the query itself asks for.
    said : Said
        What is said of it.
    why : callable
        Returns what a client is told of an error of its query.
    """

    cursor: duckdb.DuckDBPyConnection
    relation: duckdb.DuckDBPyRelation
    facts: list[dict[str, str]]
    limit: int
    top: int
    said: Said
    why: Callable[[Exception], Problem]

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return list(self.relation.columns)

    def plain(self) -> duckdb.DuckDBPyRelation:
        """Return the rows with their columns in types that VOTable has."""
        xtypes = [known.get("xtype", "") for known in self.facts]
        return plain_relation(self.relation, xtypes)

    def rows(self, relation: duckdb.DuckDBPyRelation) -> tuple[pa.Schema, Rows]:
        """Return the rows of a relation as they come, with their types."""
        fit = _MOST_VALUES // max(1, len(relation.columns)) // VECTOR_ROWS * VECTOR_ROWS
        reader = relation.to_arrow_reader(min(max(fit, VECTOR_ROWS), _MOST_ROWS))
        return reader.schema, Rows(reader, self.limit, self.top)


Write = Callable[[Result, BinaryIO], None]


@dataclass(frozen=True)
class Format:
    """A format of results.

    Parameters
    ----------
    name : str
        Its short name, as RESPONSEFORMAT may have it.
    media_type : str
        What it is for HTTP.
    write : callable
        Writes a result to a file.
    ending : str
        Of a file of it.
    aliases : tuple of str
        Other names and media types, in lower case.
    id : str
        IVOA's identifier, where it has one.
    """

    name: str
    media_type: str
    write: Write
    ending: str
    aliases: tuple[str, ...] = ()
    id: str = ""


def _votable(result: Result, file: BinaryIO) -> None:
    plain = result.plain()
    schema, rows = result.rows(plain)
    columns = output_columns(schema, _with_xtypes(result), rows.first)
    write_votable(file, columns, rows, result.said, result.why, as_text=False)


def _tabledata(result: Result, file: BinaryIO) -> None:
    plain = result.plain()
    schema = schema_of(result.cursor, plain)
    columns = output_columns(schema, _with_xtypes(result), None)
    _, rows = result.rows(plain.select(tabledata_row(schema)))
    write_votable(file, columns, rows, result.said, result.why, as_text=True)


def _with_xtypes(result: Result) -> list[dict[str, str]]:
    """Return what is known of columns, with what their types say themselves."""
    kinds = [plain_type(str(kind)) for kind in result.relation.types]
    return [
        {"xtype": kind.xtype, **facts} if kind.xtype else facts
        for kind, facts in zip(kinds, result.facts, strict=True)
    ]


def _csv(result: Result, file: BinaryIO) -> None:
    plain = result.plain()
    schema = schema_of(result.cursor, plain)
    ((header,),) = result.cursor.sql(f"select {header_line(result.names)}").fetchall()
    _, rows = result.rows(plain.select(row_of(schema)))
    file.write(header.encode())
    write_lines(file, rows)


def _tsv(result: Result, file: BinaryIO) -> None:
    plain = result.plain()
    names = ", ".join(_tab_free(quote_text(name)) for name in result.names)
    cells = ", ".join(
        f"coalesce({_tab_free(f'{quote_identifier(name)}::varchar')}, '')"
        for name in result.names
    )
    line = "array_to_string([{}], chr(9)) || chr(10)"
    ((header,),) = result.cursor.sql(f"select {line.format(names)}").fetchall()
    _, rows = result.rows(plain.select(line.format(cells)))
    file.write(header.encode())
    write_lines(file, rows)


def _tab_free(text: str) -> str:
    """Return SQL for a text without what ends a cell or a line."""
    return f"translate({text}, chr(9) || chr(10) || chr(13), '   ')"


def _parquet(result: Result, file: BinaryIO) -> None:
    batches = parquet_batches(result.cursor, result.relation)
    rows = Rows(batches, result.limit, result.top)
    facts = dict(zip(result.names, result.facts, strict=True))
    said = _Told(rows)
    with temporary_folder() as folder:
        path = folder / "result.parquet"
        write_parquet(
            pa.RecordBatchReader.from_batches(batches.schema, iter(rows)),
            path,
            name=result.said.name,
            facts=facts,
            in_vounits=facts,
            is_simulated=result.said.is_simulated,
            said=said,
        )
        _copy(path, file)


class _Told(Mapping[str, str]):
    """What a file says of rows at its end: whether there were more."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, keyword: str) -> str:
        return self._all()[keyword]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        return (
            {"OVERFLOW": told_of_more(self._rows.limit)}
            if self._rows.is_cut_off
            else {}
        )


def _fits(result: Result, file: BinaryIO) -> None:
    facts = dict(zip(result.names, result.facts, strict=True))
    source = Source(
        result.relation,
        result.said.name,
        None,
        is_stored=False,
        is_simulated=result.said.is_simulated,
        facts=facts,
    )
    source = kept(result.cursor, source)
    ((count,),) = source.relation.aggregate("count(*)").fetchall()
    if min(count, result.top) > result.limit:
        source.said["OVERFLOW"] = told_of_more(result.limit)
    first = source.relation.limit(min(result.limit, result.top))
    source = replace(source, relation=first)
    with temporary_folder() as folder:
        path = folder / "result.fits"
        WRITERS[".fits"](result.cursor, source, path, lambda *_: None)
        _copy(path, file)


def _copy(path: Path, file: BinaryIO) -> None:
    with path.open("rb") as made:
        while piece := made.read(_PIECE):
            file.write(piece)


_ID = "ivo://ivoa.net/std/TAPRegExt#output-votable-"
_VOTABLE = "application/x-votable+xml"
FORMATS = (
    Format(
        "votable",
        _VOTABLE,
        _votable,
        ".vot",
        ("text/xml", "votable/b2", f"{_VOTABLE};serialization=binary2"),
        f"{_ID}binary2",
    ),
    Format(
        "votable/td",
        f"{_VOTABLE};serialization=tabledata",
        _tabledata,
        ".vot",
        ("tabledata",),
        f"{_ID}td",
    ),
    Format("csv", "text/csv;header=present", _csv, ".csv", ("text/csv",)),
    Format("tsv", "text/tab-separated-values", _tsv, ".tsv"),
    Format("fits", "application/fits", _fits, ".fits"),
    Format(
        "parquet",
        "application/vnd.apache.parquet",
        _parquet,
        ".parquet",
        ("application/x-parquet", "application/parquet"),
    ),
)


def find_format(asked: str) -> Format:
    """Return the format that a client asks for, VOTable if it does not.

    Raises
    ------
    Problem
        If there is no such format.
    """
    name = asked.lower().replace(" ", "").replace('"', "")
    if not name:
        return FORMATS[0]
    for known in FORMATS:
        if name in (known.name, known.media_type, *known.aliases):
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise Problem(f"RESPONSEFORMAT={asked} is not known; known are: {names}.")
