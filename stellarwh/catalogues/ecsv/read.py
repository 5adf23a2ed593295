"""ECSV files: text whose columns a header in YAML describes.

astropy's own reader takes columns that are named alike for one, leaves out blanks that
a text begins with, and holds the whole table.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from stellarwh.catalogues.astropy_header import (
    AstropyHeader,
    HeaderColumn,
    mask_positions,
    read_header,
    without_masked,
)
from stellarwh.catalogues.ecsv.values import ValueMisfit, declared_type, values_of
from stellarwh.catalogues.formats import open_bytes, read_errors
from stellarwh.catalogues.table import (
    Advance,
    FileColumn,
    NullCounts,
    count_nulls,
    no_nulls,
)
from stellarwh.catalogues.text.layout import TextLayout, is_padded
from stellarwh.catalogues.text.lines import fields_of
from stellarwh.catalogues.text.read import TextTable
from stellarwh.errors import FILE, InputFileError

_BOM = b"\xef\xbb\xbf"
_READ_BYTES = 1 << 16
# No header is longer.
_HEADER_BYTES = 64 << 20
_DELIMITERS = ("", " ", ",")


# As exports of simulated rows say it.
# As we write it, and as astropy does.
_SIMULATED = re.compile(r'(?:meta: |- )\{"?SIMULATE"?: true[,}]')


@dataclass(frozen=True)
class EcsvTable:
    """An open ECSV file.

    Parameters
    ----------
    text : TextTable
        Its rows as texts.
    masks : mapping of int to int
        For columns whose missing values another column names, that one; no column
        of the table itself.
    """

    text: TextTable
    columns: tuple[FileColumn, ...]
    masks: Mapping[int, int]
    format: str = "ECSV"
    rows: int | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.text.path

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the file was read, once it was."""
        return self.text.notes

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.catalogues.table.TableFile`."""
        positions = [column.index for column in columns]
        masks = [self.masks[p] for p in positions if p in self.masks]
        wanted = [self.text.columns[p] for p in dict.fromkeys([*positions, *masks])]
        names = [str(position) for position in positions]
        for batch in self.text.batches(wanted, no_nulls(), advance):
            if not batch.num_rows:
                continue
            arrays = []
            for column, name in zip(columns, names, strict=True):
                array = self._values(batch, name, column.name, column.type)
                if column.index in self.masks:
                    mask = self.masks[column.index]
                    kind = _mask_type(column.type)
                    gone = self._values(batch, str(mask), f"{column.name}.mask", kind)
                    array = without_masked(array, gone)
                nulls[column.index]["null"] += count_nulls(array)
                arrays.append(array)
            yield pa.RecordBatch.from_arrays(arrays, names)

    def _values(
        self, batch: pa.RecordBatch, position: str, name: str, kind: pa.DataType
    ) -> pa.Array:
        try:
            return values_of(batch.column(position), kind)
        except ValueMisfit as error:
            raise InputFileError(f"{self.path}: the column {name} {error}.") from None


def _mask_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of the mask of a column."""
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_mask_type(kind.value_type), kind.list_size)
    return pa.bool_()


def open_ecsv(path: Path, *, zipped: bool) -> EcsvTable:
    """Open an ECSV file and read its header.

    Raises
    ------
    InputFileError
        If the header is damaged.
    """
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        lines, names_line, begin = _first_lines(stream)
    yaml_lines = [line for line in lines if not line.startswith("%ECSV")]
    try:
        header = read_header("\n".join(yaml_lines))
    except ValueError as error:
        text = str(error)[:200]
        raise InputFileError(f"{FILE} is a damaged ECSV: {text}.") from None
    delimiter = _delimiter(yaml_lines)
    names = [column.name for column in header.columns]
    found = fields_of(names_line, delimiter)
    if found != [name.strip() for name in names]:
        raise InputFileError(
            f"{FILE} is a damaged ECSV: its header describes {len(names)} columns "
            f"({_shown(names)}), its line of names has {len(found)} ({_shown(found)})."
        )
    layout = TextLayout(
        delimiter,
        tuple(names),
        ("",) * len(names),
        0,
        len(names),
        is_padded=is_padded(names_line, "", delimiter),
        notes=(),
        skips_blank_lines=True,
    )
    texts = tuple(FileColumn(i, name, pa.string()) for i, name in enumerate(names))
    masks = mask_positions(names, header)
    return EcsvTable(
        TextTable(path, zipped, layout, "utf-8", begin, texts),
        tuple(_columns(header, set(masks.values()))),
        masks,
        keywords={"SIMULATE": True} if any(map(_SIMULATED.match, yaml_lines)) else {},
    )


def _columns(header: AstropyHeader, hidden: set[int]) -> Iterator[FileColumn]:
    for index, column in enumerate(header.columns):
        if index in hidden:
            continue
        kind = declared_type(column)
        yield FileColumn(
            index,
            column.name,
            kind or pa.string(),
            column.unit,
            column.ucd,
            column.description,
            "" if kind else _unknown(column),
        )


def _unknown(column: HeaderColumn) -> str:
    return f"its type '{column.element}' is none of ECSV that can be read"


def _first_lines(stream: BinaryIO) -> tuple[list[str], str, int]:
    """Return the lines of the header, the line of names, and where the rows begin."""
    lines: list[str] = []
    waiting = b""
    passed = 0
    while passed < _HEADER_BYTES:
        part = stream.read(_READ_BYTES)
        waiting += part
        while b"\n" in waiting or (waiting and not part):
            line, end, waiting = waiting.partition(b"\n")
            if passed == 0:
                passed = len(_BOM) if line.startswith(_BOM) else 0
                line = line[passed:]
            passed += len(line) + len(end)
            try:
                text = line.decode("utf-8").rstrip("\r")
            except UnicodeDecodeError:
                raise InputFileError(f"{FILE} is not in UTF-8; ECSV must be.") from None
            if text.startswith("#"):
                lines.append(text[1:].removeprefix(" "))
            elif text.strip():
                return lines, text, passed
        if not part:
            break
    raise InputFileError(f"{FILE} is a damaged ECSV: it has no line of column names.")


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that the header says, or a blank."""
    for line in lines:
        key, _, value = line.partition(":")
        if key == "delimiter":
            said = value.strip()
            said = said[1:-1] if said[:1] in "'\"" else said
            if said not in _DELIMITERS:
                raise InputFileError(
                    f"{FILE} is a damaged ECSV: its delimiter is '{said}', which may "
                    "be a blank or a comma."
                )
            return said or " "
    return " "


def _shown(names: Sequence[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 60 else f"{text[:59]}…"
