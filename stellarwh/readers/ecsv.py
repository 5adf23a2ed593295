"""ECSV files, read by astropy."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.table import Table
from astropy.table.meta import get_header_from_yaml

from stellarwh.readers.astropy_tables import (
    AstropyTable,
    Described,
    astropy_errors,
    described_table,
    read_whole,
    to_arrow,
)

_PART_BYTES = 2 << 20
_SUBTYPE = re.compile(r"(\w+)(\[.*\])")


def open_ecsv(path: Path, *, zipped: bool) -> AstropyTable:
    """Read an ECSV file.

    Raises
    ------
    InputFileError
        If it is damaged or too large.
    """
    content = read_whole(path, "ECSV", zipped=zipped).getvalue()
    with astropy_errors(path, "ECSV"):
        header, begin = _read_header(content)
        parts = [_arrays(part, header) for part in _parts(content, begin)]
        if not parts:
            # astropy fails on multidimensional columns without rows.
            made = [(_no_values(facts), _varying_type(facts)) for facts in header]
            parts = [[to_arrow(*column) for column in made]]
        described = [
            Described(
                str(facts["name"]),
                # As written: astropy would spell a unit in its own way.
                str(facts.get("unit") or ""),
                str((facts.get("meta") or {}).get("ucd") or ""),
                str(facts.get("description") or ""),
                *_joined(column),
            )
            for facts, *column in zip(header, *parts, strict=True)
        ]
    return described_table(path, "ECSV", described)


def _read_header(content: bytes) -> tuple[list[Mapping[str, Any]], int]:
    """Return what the header says of each column, and where the rows begin."""
    lines = []
    begin = 0
    while begin < len(content):
        end = _line_end(content, begin)
        line = content[begin:end].decode("utf-8")
        begin = end
        if line.startswith("#"):
            lines.append(line[1:].removeprefix(" ").rstrip("\r\n"))
        elif line.strip():
            break
    else:
        raise ValueError("it has no line of column names")
    yaml = [line for line in lines if not line.startswith("%ECSV")]
    return get_header_from_yaml(yaml)["datatype"], begin


def _line_end(content: bytes, begin: int, least: int = 0) -> int:
    """Return where a line ends that does not end within quotes."""
    end = begin + least
    odd = content.count(b'"', begin, end) % 2
    while end < len(content):
        at = content.find(b"\n", end) + 1 or len(content)
        odd ^= content.count(b'"', end, at) % 2
        end = at
        if not odd:
            break
    return min(end, len(content))


def _parts(content: bytes, begin: int) -> Iterator[bytes]:
    """Yield the file in parts, each with the header: astropy takes a lot of memory."""
    header = content[:begin]
    while begin < len(content):
        end = _line_end(content, begin, _PART_BYTES)
        part = content[begin:end]
        if part.strip():
            yield header + part
        begin = end


def _arrays(part: bytes, header: list[Mapping[str, Any]]) -> list[tuple[pa.Array, str]]:
    # The Gaia archive writes null; within a column of texts it is a text.
    plain = [str(f["name"]) for f in header if f.get("datatype") != "string"]
    fills = [("", "0"), *([("null", "0", *plain)] if plain else [])]
    table = Table.read(io.BytesIO(part), format="ascii.ecsv", fill_values=fills)
    return [
        to_arrow(values, _varying_type(facts))
        for facts, values in zip(header, table.columns.values(), strict=True)
    ]


def _joined(parts: Sequence[tuple[pa.Array, str]]) -> tuple[pa.Array, str]:
    """Return the parts of a column as one; NULLs if one of them cannot be read."""
    reasons = [reason for _, reason in parts if reason]
    if not reasons and len({array.type for array, _ in parts}) > 1:
        reasons = ["its cells are objects of several kinds"]
    if reasons:
        rows = sum(len(array) for array, _ in parts)
        return pa.nulls(rows, pa.string()), reasons[0]
    return pa.concat_arrays([array for array, _ in parts]), ""


def _shape(facts: Mapping[str, Any]) -> tuple[str, list[int | None]]:
    """Return the type of the elements and the shape of the cells of a column."""
    found = _SUBTYPE.fullmatch(str(facts.get("subtype", "")))
    if found is None:
        return str(facts.get("datatype", "string")), []
    return found[1], json.loads(found[2])


def _varying_type(facts: Mapping[str, Any]) -> pa.DataType | None:
    """Return the type of a column of arrays of varying length."""
    element, shape = _shape(facts)
    if None not in shape:
        return None
    kind = pa.string()
    if element != "string":
        kind = pa.from_numpy_dtype(np.dtype(element.replace("float16", "float32")))
    for _ in shape:
        kind = pa.list_(kind)
    return kind


def _no_values(facts: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[Any]]:
    element, shape = _shape(facts)
    if None in shape:
        return np.empty(0, object)
    dtype = "U1" if element == "string" else element
    return np.empty((0, *[size for size in shape if size is not None]), dtype)
