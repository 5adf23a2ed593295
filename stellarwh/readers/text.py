"""Delimited text: comma, pipe, tab or semicolon, plain or gzip-compressed.

Values are read as text and converted exactly afterwards: an id never becomes a float.
"""

import csv
import io
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
from stellarwh.readers.quotes import QuoteCheck
from stellarwh.readers.table import Advance, FileColumn, NullCounts

_DELIMITERS = {",": "comma", "|": "pipe", "\t": "tab", ";": "semicolon", " ": "blank"}
_TRIED_DELIMITERS = ",|\t;"
# No row can be longer than a block.
_BLOCK_BYTES = 8 << 20
_SNIFFED_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\n|\r")
# A row added after the last one: within a quote that is never closed it gets lost.
_LAST = "\x1astellarwh: no more rows\x1a"


@dataclass(frozen=True)
class TextTable:
    """An open text file with a header line."""

    path: Path
    zipped: bool
    delimiter: str
    encoding: str
    start: int  # byte of the (decompressed) file where the rows begin
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
        wanted = [str(column.index) for column in columns]
        with open_bytes(self.path, zipped=self.zipped) as stream:
            _skip(stream, self.start)
            rows = _Rows(stream, self, advance, self._file_share())
            is_ended = False
            try:
                with read_errors(self.path):
                    for batch in self._read(rows, wanted):
                        is_ended = bool(
                            batch.num_rows and batch.column(0)[-1].as_py() == _LAST
                        )
                        kept = batch.slice(0, batch.num_rows - is_ended)
                        yield self._plain(kept, rows.quotes, wanted, columns, nulls)
            except pa.ArrowInvalid as error:
                raise InputFileError(self._explain(error)) from None
            if not is_ended:
                raise InputFileError(f"{self.path} has a quote that is never closed.")
            if rows.quotes.is_odd and rows.quotes.seen_line_break:
                raise self._unclear_quotes()

    def _read(self, rows: "_Rows", wanted: list[str]) -> pa_csv.CSVStreamingReader:
        count = len(self.columns) + self.extra_fields
        return pa_csv.open_csv(
            pa.PythonFile(rows, mode="r"),
            read_options=pa_csv.ReadOptions(
                use_threads=True,
                block_size=_BLOCK_BYTES,
                column_names=[str(number) for number in range(count)],
                encoding=self.encoding,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted or ["0"],
                column_types={name: pa.string() for name in wanted or ["0"]},
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=True,
            ),
        )

    def _plain(
        self,
        batch: pa.RecordBatch,
        quotes: QuoteCheck,
        wanted: list[str],
        columns: Sequence[FileColumn],
        nulls: NullCounts,
    ) -> pa.RecordBatch:
        """Return the texts without trailing blanks, NULL where nothing is left."""
        arrays = []
        for column, name in zip(columns, wanted, strict=True):
            array = batch.column(name)
            if not quotes.is_odd or not quotes.seen_line_break:
                quotes.look_for_line_breaks(array)
            trimmed = pc.utf8_rtrim(array, characters=" \r")
            blank = pc.equal(pc.binary_length(trimmed), 0)
            texts = pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
            nulls[column.index]["empty"] += texts.null_count
            arrays.append(texts)
        if quotes.is_odd and quotes.seen_line_break:
            raise self._unclear_quotes()
        return pa.RecordBatch.from_arrays(arrays, wanted)

    def _unclear_quotes(self) -> InputFileError:
        return InputFileError(
            f"{self.path} has quotes within fields and line breaks within quotes, so "
            "that its rows cannot be told apart; write quotes within fields twice."
        )

    def _file_share(self) -> float:
        """Return bytes of the file per byte read; guessed where it is compressed."""
        return 0.3 if self.zipped else 1.0

    def _explain(self, error: pa.ArrowInvalid) -> str:
        text = " ".join(str(error).split())
        if "UTF8" in text or "UTF-8" in text:
            return f"{self.path} mixes text encodings; save it as UTF-8."
        if "straddl" in text:
            return (
                f"{self.path} has a row of more than {_BLOCK_BYTES >> 20} MiB, "
                "or a quote that is never closed."
            )
        return f"{self.path} is not a regular table: {text[:200]}"


class _Rows:
    """The rows of a text file as a stream, with one more row after the last."""

    def __init__(
        self, stream: Any, table: TextTable, advance: Advance, share: float
    ) -> None:
        count = len(table.columns) + table.extra_fields
        self._stream = stream
        self._advance = advance
        self._share = share
        self._after = f"\n{table.delimiter.join([_LAST] * count)}\n".encode()
        self.quotes = QuoteCheck(table.delimiter)
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        data: bytes = self._stream.read(size)
        self._advance(len(data) * self._share)
        if not data:
            data, self._after = self._after[:size], self._after[size:]
        self.quotes.add(data)
        return data

    def close(self) -> None:
        """Leave the stream to whoever opened it."""
        self.closed = True


def _skip(stream: Any, size: int) -> None:
    while size and (passed := len(stream.read(size))):
        size -= passed


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
    bom = len(_BOM) if start.startswith(_BOM) else 0
    encoding, text = _decode(start[bom:])
    header, end = _find_header(text)
    delimiter = max(_TRIED_DELIMITERS, key=header.count)
    if delimiter not in header:
        raise InputFileError(
            f"{path} is text but not a table: its first line "
            f"{header[:60].strip()!r} has no comma, pipe or tab between column names."
        )
    names = _fields(header.lstrip("#"), delimiter)
    while names and not names[-1] and len(names) > 1:
        names.pop()
    columns = tuple(
        FileColumn(index, " ".join(name.split()) or f"column{index + 1}", pa.string())
        for index, name in enumerate(names)
    )
    here = len(_fields(header, delimiter))
    extra = max(_count_fields(text[end:], delimiter), here) - len(names)
    first = bom + len(text[:end].encode("latin-1" if encoding != "utf8" else "utf-8"))
    return TextTable(path, zipped, delimiter, encoding, first, columns, extra)


def _decode(start: bytes) -> tuple[str, str]:
    """Return the encoding, and the start of the file as text."""
    for encoding in ("utf-8", "latin-1"):
        try:
            text = start.decode(encoding)
        except UnicodeDecodeError:
            continue
        return ("utf8" if encoding == "utf-8" else encoding), text
    raise AssertionError("latin-1 decodes everything")


def _find_header(text: str) -> tuple[str, int]:
    """Return the header line, and the character where the rows begin.

    Comment lines start with ``#``; the last of them is the header where it has as many
    fields as the first row and a plain line would not make one.
    """
    above, begin = "", 0
    line, end = _next_line(text, 0)
    while line.startswith("#") and end < len(text):
        above, begin = line, end
        line, end = _next_line(text, begin)
    if above:
        names = above.lstrip("#")
        delimiter = max(_TRIED_DELIMITERS, key=names.count)
        same = names.count(delimiter) == line.count(delimiter) > 0
        if same and _is_number(line.split(delimiter)[0]):
            return names, begin
    return line, end


def _next_line(text: str, begin: int) -> tuple[str, int]:
    """Return the line that begins there, and where the next one does.

    A line break within quotes does not end it.
    """
    first = None
    for found in _LINE_END.finditer(text, begin):
        first = first or found
        if text.count('"', begin, found.start()) % 2 == 0:
            return text[begin : found.start()], found.end()
        if found.start() > begin + _SNIFFED_BYTES // 16:
            break
    if first is None:
        return text[begin:], len(text)
    return text[begin : first.start()], first.end()


def _count_fields(text: str, delimiter: str) -> int:
    """Return how many fields the first row has; 0 if there is none to be read."""
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(field.strip() for field in row) or len(row) > 1:
                return len(row)
    except csv.Error:
        pass
    return 0


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
