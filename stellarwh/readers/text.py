"""Delimited text: comma, pipe, tab or semicolon, plain or gzip-compressed.

Values are read as text and converted exactly afterwards: an id never becomes a float.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from stellarwh.errors import InputFileError
from stellarwh.readers.formats import open_bytes, read_errors
from stellarwh.readers.table import Advance, FileColumn, NullCounts

_DELIMITERS = {",": "comma", "|": "pipe", "\t": "tab", ";": "semicolon"}
_BLOCK_BYTES = 8 << 20
_SNIFFED_BYTES = 1 << 20
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class TextTable:
    """An open text file with a header line."""

    path: Path
    zipped: bool
    delimiter: str
    encoding: str
    skipped_lines: int  # comments and the header
    columns: tuple[FileColumn, ...]
    extra_fields: int  # delimiters at the end of each row that the header lacks
    rows: int | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def format(self) -> str:
        """Format with its delimiter, for example ``text (pipe)``."""
        return f"text ({_DELIMITERS[self.delimiter]})"

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns as text; see `TableFile.batches`."""
        count = len(self.columns) + self.extra_fields
        wanted = [str(column.index) for column in columns]
        with open_bytes(self.path, zipped=self.zipped) as stream:
            counted = _Counted(stream, advance, self._file_share())
            try:
                with read_errors(self.path):
                    yield from self._read(counted, count, wanted, columns, nulls)
            except pa.ArrowInvalid as error:
                raise InputFileError(self._explain(error)) from None

    def _read(
        self,
        stream: "_Counted",
        count: int,
        wanted: list[str],
        columns: Sequence[FileColumn],
        nulls: NullCounts,
    ) -> Iterator[pa.RecordBatch]:
        if self.rows == 0:
            return
        reader = pa_csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pa_csv.ReadOptions(
                use_threads=True,
                block_size=_BLOCK_BYTES,
                skip_rows=self.skipped_lines,
                column_names=[str(number) for number in range(count)],
                encoding=self.encoding,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=False
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types={name: pa.string() for name in wanted},
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=True,
            ),
        )
        for batch in reader:
            arrays = []
            for column, array in zip(columns, batch.columns, strict=True):
                trimmed = pc.utf8_rtrim(array, characters=" \r")
                blank = pc.equal(pc.binary_length(trimmed), 0)
                texts = pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
                nulls[column.index]["empty"] += texts.null_count
                arrays.append(texts)
            yield pa.RecordBatch.from_arrays(arrays, wanted)

    def _file_share(self) -> float:
        """Return bytes of the file per byte read; guessed where it is compressed."""
        return 0.3 if self.zipped else 1.0

    def _explain(self, error: pa.ArrowInvalid) -> str:
        text = " ".join(str(error).split())
        if "UTF8" in text or "UTF-8" in text:
            return f"{self.path} mixes text encodings; save it as UTF-8."
        return f"{self.path} is not a regular table: {text[:200]}"


class _Counted:
    """A stream that says how far reading has come."""

    def __init__(self, stream: Any, advance: Advance, share: float) -> None:
        self._stream = stream
        self._advance = advance
        self._share = share
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        data: bytes = self._stream.read(size)
        self._advance(len(data) * self._share)
        return data

    def close(self) -> None:
        """Leave the stream to whoever opened it."""
        self.closed = True


def open_text(path: Path, *, zipped: bool) -> TextTable:
    """Open a delimited text file and read its header line.

    Raises
    ------
    InputFileError
        If it has no header line of column names.
    """
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        start = stream.read(_SNIFFED_BYTES)
        while len(start) < _SNIFFED_BYTES and (more := stream.read(_SNIFFED_BYTES)):
            start += more
    if len(start) >= _SNIFFED_BYTES:
        # The last line may be cut within a character.
        start = start[: start.rfind(b"\n") + 1] or start
    encoding, text = _decode(start)
    lines = _LINE_END.split(text)
    header, row, skipped = _find_header(lines)
    delimiter = max(_DELIMITERS, key=header.count)
    if delimiter not in header:
        raise InputFileError(
            f"{path} is text but not a table: its first line "
            f"{header[:60].strip()!r} has no comma, pipe or tab between column names."
        )
    names = _fields(header.lstrip("#"), delimiter)
    while names and not names[-1] and len(names) > 1:
        names.pop()
    columns = tuple(
        FileColumn(index, name or f"column{index + 1}", pa.string())
        for index, name in enumerate(names)
    )
    here = len(_fields(header, delimiter))
    extra = max(len(_fields(row, delimiter)) if row.strip() else 0, here) - len(names)
    rows = None if row.strip() else 0
    return TextTable(path, zipped, delimiter, encoding, skipped, columns, extra, rows)


def _decode(start: bytes) -> tuple[str, str]:
    """Return the encoding, and the start of the file as text."""
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            text = start.decode(encoding)
        except UnicodeDecodeError:
            continue
        return ("utf8" if encoding == "utf-8-sig" else encoding), text
    raise AssertionError("latin-1 decodes everything")


def _find_header(lines: list[str]) -> tuple[str, str, int]:
    """Return the header line, the first row, and how many lines precede the rows.

    Comment lines start with ``#``; the last of them is the header where it has as many
    fields as the first row and a plain line would not make one.
    """
    number = 0
    while number < len(lines) - 1 and lines[number].startswith("#"):
        number += 1
    if number:
        above, below = lines[number - 1].lstrip("#"), lines[number]
        delimiter = max(_DELIMITERS, key=above.count)
        same = above.count(delimiter) == below.count(delimiter) > 0
        if same and _is_number(below.split(delimiter)[0]):
            return above, below, number
    row = next((line for line in lines[number + 1 :] if line.strip()), "")
    return lines[number], row, number + 1


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        parts = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise InputFileError(
            f"The line {line[:60]!r} is no row of a table: {error}."
        ) from None
    return [part.strip() for part in parts]
