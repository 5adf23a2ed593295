"""VOTables in every serialisation, read by astropy; rows in FITS by our own reader."""

import base64
import binascii
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
from astropy.io.votable import exceptions, parse
from astropy.io.votable.tree import Field, TableElement

from stellarwh.catalogues.astropy_tables import (
    AstropyTable,
    Described,
    astropy_errors,
    described_table,
    read_whole,
    to_arrow,
)
from stellarwh.catalogues.choice import (
    TableInFile,
    find_table,
    first_with_rows,
    note_of_others,
)
from stellarwh.catalogues.fits.table import open_fits
from stellarwh.catalogues.formats import read_errors
from stellarwh.catalogues.table import FileColumn, no_nulls
from stellarwh.catalogues.votable.binary_rows import check_binary_rows
from stellarwh.catalogues.votable.scan import scan_votable
from stellarwh.errors import FILE, InputFileError, named
from stellarwh.runtime.folders import temporary_folder
from stellarwh.runtime.offline import no_network

_START = rb"<(?:\w+:)?"
_ELSEWHERE = re.compile(
    rb"(BINARY2?\b[^<]*)?" + _START + rb"STREAM\b[^>]*?\bhref\s*=\s*[\"']([^\"']*)",
    re.IGNORECASE,
)
_PARQUET = re.compile(_START + rb"PARQUET\b")
_FITS = re.compile(
    _START + rb"FITS\b([^>]*)>\s*" + _START + rb"STREAM\b([^>]*)>([^<]*)"
    rb"</(?:\w+:)?STREAM>\s*</(?:\w+:)?FITS>"
)
_EXTNUM = re.compile(rb"\bextnum\s*=\s*[\"']\s*(\d+)")
# astropy has cut off, clipped or left out values, or read them in another encoding.
_REFUSED = tuple(
    getattr(exceptions, name)
    for name in ("W18", "W30", "W36", "W37", "W38", "W46", "W51")
)
_TYPES = {
    "boolean": pa.bool_(),
    "bit": pa.bool_(),
    "unsignedByte": pa.uint8(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "floatComplex": pa.list_(pa.float32(), 2),
    "doubleComplex": pa.list_(pa.float64(), 2),
}


def open_votable(
    path: Path, *, zipped: bool, hdu: str | None = None, most: int | None = None
) -> AstropyTable:
    """Read a VOTable: its first table that has rows, or else its first table.

    Parameters
    ----------
    path : Path
        The file.
    zipped : bool
        Whether gzip wraps it.
    hdu : str, optional
        Read the table of this name, ID or number (from 1) instead.
    most : int, optional
        Numbers and characters that its rows may declare; see `scan_votable`.

    Raises
    ------
    InputFileError
        If it is damaged, too large, holds no (such) table, or its rows lie elsewhere.
    """
    content = read_whole(path, "VOTable", zipped=zipped)
    _check_rows_are_here(content)
    warnings, is_simulated = scan_votable(content.getvalue(), most)
    said = tuple(named(text, path) for text in warnings)
    keywords = {"SIMULATE": True} if is_simulated else {}
    inline = _FITS.search(content.getbuffer())
    rows_in_fits = inline and (inline[1], inline[2], inline[3])
    if inline:
        content = io.BytesIO(_without(content.getvalue(), inline.span()))
    del inline
    with no_network(), astropy_errors("VOTable", _REFUSED):
        found = parse(content, verify="warn")
        everything = list(found.iter_tables())
        tables = [table for table in everything if table.fields]
        if not tables:
            raise InputFileError(f"{FILE} is a VOTable that holds no table.")
        check_binary_rows(content.getbuffer(), everything)
        there = [
            TableInFile(i + 1, str(t.name or t.ID or ""), len(t.array))
            for i, t in enumerate(tables)
        ]
        chosen = first_with_rows(there) if hdu is None else find_table(there, hdu)
        table = tables[chosen.number - 1]
        if rows_in_fits is not None:
            if len(tables) > 1:
                raise InputFileError(
                    f"{FILE} holds several tables and rows as FITS; write the one that "
                    "you want to a file of its own, for example with STILTS."
                )
            rows = _rows_in_fits(
                path, table, _units(content, table, chosen.number), *rows_in_fits
            )
            return replace(
                rows, notes=said, keywords=keywords, table_label=f"table {chosen.label}"
            )
        described = [
            # By NumPy's names: a field may have neither name nor ID.
            Described(
                *facts,
                *to_arrow(table.array[name], _varying_type(field)),
                xtype=str(field.xtype or ""),
            )
            for name, field, facts in zip(
                table.array.dtype.names,
                table.fields,
                _facts(table, _units(content, table, chosen.number)),
                strict=True,
            )
        ]
    others = () if hdu is not None else note_of_others(chosen, there)
    notes = tuple(named(text, path) for text in others)
    return replace(
        described_table(path, "VOTable", described, (*said, *notes)),
        table_label=f"table {chosen.label}",
        keywords=keywords,
    )


def _without(content: bytes, span: tuple[int, int]) -> bytes:
    return content[: span[0]] + content[span[1] :]


def _check_rows_are_here(content: io.BytesIO) -> None:
    """Refuse a VOTable whose rows lie in another file."""
    elsewhere = _ELSEWHERE.search(content.getbuffer())
    if elsewhere:
        # astropy would fetch it, from the network too, and nobody would know.
        there = elsewhere[2].decode("utf-8", "replace")[:200]
        advice = "ingest that one"
        if elsewhere[1]:
            # Bytes that nothing but this file describes.
            advice = "write both to one file, for example with STILTS"
        raise InputFileError(
            f"{FILE} refers to another file for its rows ({there}); {advice}."
        )
    if _PARQUET.search(content.getbuffer()):
        raise InputFileError(
            f"{FILE} describes the columns of a Parquet file and holds no rows; "
            "ingest that file."
        )


def _facts(
    table: TableElement, units: Sequence[str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, unit, UCD and description of each column."""
    for field, unit in zip(table.fields, units, strict=True):
        name = str(field.name or field.ID)
        yield name, unit, str(field.ucd or ""), str(field.description or "")


def _units(content: io.BytesIO, table: TableElement, number: int) -> list[str]:
    """Return the units of a table as written; astropy spells them in its own way.

    Parameters
    ----------
    content : io.BytesIO
        The VOTable.
    table : TableElement
        The table as astropy has it.
    number : int
        Which one it is of those that have columns, from 1.
    """
    passed = 0
    units: list[str] = []
    content.seek(0)
    for event, element in ElementTree.iterparse(content, ("start", "end")):
        tag = str(element.tag).rpartition("}")[2]
        if event == "start" and tag == "TABLE":
            units = []
        elif event == "start" and tag == "FIELD":
            units.append(" ".join((element.get("unit") or "").split()))
        elif tag in ("DATA", "TABLE") and units:
            passed += 1
            if passed == number and len(units) == len(table.fields):
                return units
            units = []
        elif event == "end" and tag in ("TR", "TABLE"):
            element.clear()
    return [str(field.unit or "") for field in table.fields]


def _varying_type(field: Field) -> pa.DataType | None:
    """Return the type of a column that NumPy has none for."""
    if field.datatype in ("char", "unicodeChar"):
        return pa.string()
    size = str(field.arraysize or "")
    if "*" not in size:
        return None
    kind = _TYPES[field.datatype]
    for _ in size.split("x"):
        kind = pa.list_(kind)
    return kind


def _rows_in_fits(
    path: Path,
    table: TableElement,
    units: Sequence[str],
    element: bytes,
    stream: bytes,
    text: bytes,
) -> AstropyTable:
    """Return the rows of a FITS file within a VOTable, described by its fields."""
    number = _EXTNUM.search(element)
    if number is not None and int(number[1]) != 1:
        raise InputFileError(
            f"{FILE} holds its rows in extension {int(number[1])} of a FITS file; "
            "convert it to FITS, for example with STILTS."
        )
    if b"base64" not in stream:
        raise InputFileError(
            f"{FILE} is a damaged VOTable: its FITS stream is not base64."
        )
    try:
        content = base64.b64decode(text)
    except binascii.Error as error:
        raise InputFileError(f"{FILE} is a damaged VOTable: {error}.") from None
    with temporary_folder() as folder, read_errors(path):
        inner = folder / path.name
        inner.write_bytes(content)
        try:
            opened = open_fits(inner, zipped=False)
            batches = list(opened.batches(opened.columns, no_nulls()))
        except InputFileError as error:
            problem = named(str(error), inner).replace(
                str(inner), "the FITS file within"
            )
            raise InputFileError(f"{FILE}: {problem}") from None
    columns = opened.columns
    facts = list(_facts(table, units))
    if len(facts) != len(columns):
        raise InputFileError(
            f"{FILE} is a damaged VOTable: it describes {len(facts)} columns, and its "
            f"FITS table has {len(columns)}."
        )
    schema = pa.schema([(str(c.index), c.type) for c in columns])
    whole = pa.Table.from_batches(
        [pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in batches], schema
    ).combine_chunks()
    arrays = tuple(
        c.chunk(0) if c.num_chunks else pa.array([], c.type) for c in whole.columns
    )
    described = tuple(
        FileColumn(
            column.index,
            name,
            column.type,
            unit or column.unit,
            ucd or column.ucd,
            " ".join(text.split()) or column.description,
            column.unreadable,
        )
        for column, (name, unit, ucd, text) in zip(columns, facts, strict=True)
    )
    return AstropyTable(path, "VOTable", described, arrays, opened.rows)
