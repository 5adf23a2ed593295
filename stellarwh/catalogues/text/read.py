"""Delimited text: comma, pipe, tab or semicolon, plain or gzip-compressed.

Values are read as text and converted exactly afterwards: an id never becomes a float.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from stellarwh.catalogues.formats import open_bytes, read_errors, wide_encoding
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts
from stellarwh.catalogues.text.layout import TextLayout, find_layout, too_many_fields
from stellarwh.catalogues.text.rows import TextRows
from stellarwh.errors import InputFileError, naming

_DELIMITERS = {",": "comma", "|": "pipe", "\t": "tab", ";": "semicolon"}
# No row can be longer than a block.
_BLOCK_BYTES = 8 << 20
_SNIFFED_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
# A row added after the last one: within a quote that is never closed it gets lost.
_LAST = "\x1astellarwh:no-more-rows\x1a"
# How VizieR and CasJobs begin another table.
_NEXT_TABLE = ("#RESOURCE=", "#Table", "#Name:")


@dataclass(frozen=True)
class TextTable:
    """An open text file with a header line."""

    path: Path
    zipped: bool
    layout: TextLayout
    encoding: str
    start: int  # byte of the (decompressed) file where the rows begin
    columns: tuple[FileColumn, ...]
    rows: int | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    _left_out: list[str] = field(default_factory=list)  # lines that are no rows

    @property
    def format(self) -> str:
        """Format with its delimiter, for example ``text (pipe)``."""
        return f"text ({_DELIMITERS[self.layout.delimiter]})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the file was read, once it was."""
        comments = [line for line in self._left_out if line.startswith("#")]
        if not comments:
            return self.layout.notes
        shown = " ".join(comments[0].split())[:60]
        return (
            *self.layout.notes,
            f"{len(comments)} comment line(s) among the rows were left out: '{shown}'.",
        )

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns as text; see `TableFile.batches`."""
        wanted = [str(column.index) for column in columns]
        self._left_out.clear()
        with (
            naming(self.path),
            open_bytes(self.path, zipped=self.zipped) as stream,
        ):
            _skip(stream, self.start)
            rows = TextRows(
                stream,
                self.layout.delimiter,
                self.layout.fields,
                _LAST,
                self.encoding,
                advance,
                self._file_share(),
                keeps_blank_lines=self.layout.has_blank_rows,
            )
            is_ended = False
            try:
                with read_errors(self.path):
                    for batch in self._read(rows, wanted):
                        is_ended = bool(
                            batch.num_rows and batch.column(0)[-1].as_py() == _LAST
                        )
                        kept = batch.slice(0, batch.num_rows - is_ended)
                        yield self._plain(kept, rows, wanted, columns, nulls)
            except (pa.ArrowInvalid, UnicodeDecodeError) as error:
                raise InputFileError(self._explain(error)) from None
            if not is_ended:
                raise InputFileError(f"{self.path} has a quote that is never closed.")
            if rows.quotes.is_odd and rows.quotes.seen_line_break:
                raise self._unclear_quotes()
        if any(line.startswith(_NEXT_TABLE) for line in self._left_out):
            raise InputFileError(
                f"{self.path} holds several tables one below the other; "
                "save each in a file of its own."
            )

    def _read(self, rows: TextRows, wanted: list[str]) -> pa_csv.CSVStreamingReader:
        more = [str(i) for i in range(len(self.columns), self.layout.fields)]
        included = [*wanted, *more] or ["0"]
        return pa_csv.open_csv(
            pa.PythonFile(rows, mode="r"),
            read_options=pa_csv.ReadOptions(
                use_threads=True,
                block_size=_BLOCK_BYTES,
                column_names=[str(number) for number in range(self.layout.fields)],
                encoding="latin-1" if self.encoding == "latin-1" else "utf8",
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=not self.layout.has_blank_rows,
                invalid_row_handler=self._is_left_out,
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=included,
                column_types=dict.fromkeys(included, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=True,
            ),
        )

    def _is_left_out(self, row: pa_csv.InvalidRow) -> str:
        """Leave out comments and what is blank; refuse other rows of another length."""
        text = str(row.text)
        if text.startswith("#") or not text.strip(" \t\r\n\x1a"):
            self._left_out.append(text)
            return "skip"
        return "error"

    def _plain(
        self,
        batch: pa.RecordBatch,
        rows: TextRows,
        wanted: list[str],
        columns: Sequence[FileColumn],
        nulls: NullCounts,
    ) -> pa.RecordBatch:
        """Return the texts without trailing blanks, NULL where nothing is left."""
        arrays = []
        quotes = rows.quotes
        trim = pc.utf8_trim if self.layout.is_padded else pc.utf8_rtrim
        for column, name in zip(columns, wanted, strict=True):
            array = batch.column(name)
            if not quotes.is_odd or not quotes.seen_line_break:
                quotes.look_for_line_breaks(array)
            texts = _trimmed(array, trim)
            nulls[column.index]["empty"] += texts.null_count
            arrays.append(texts)
        if quotes.is_odd and (quotes.seen_line_break or rows.has_padded_quotes):
            raise self._unclear_quotes()
        for number in range(len(self.columns), self.layout.fields):
            more = _trimmed(batch.column(str(number)), pc.utf8_trim)
            if more.null_count < len(more):
                raise InputFileError(
                    too_many_fields(len(self.columns), self.layout.fields)
                )
        return pa.RecordBatch.from_arrays(arrays, wanted)

    def _unclear_quotes(self) -> InputFileError:
        return InputFileError(
            f"{self.path} has quotes within fields and line breaks within quotes, so "
            "that its rows cannot be told apart; write quotes within fields twice."
        )

    def _file_share(self) -> float:
        """Return bytes of the file per byte read; guessed where it is compressed."""
        return 0.3 if self.zipped else 1.0

    def _explain(self, error: Exception) -> str:
        text = " ".join(str(error).split())
        if "UTF8" in text or "UTF-8" in text or isinstance(error, UnicodeDecodeError):
            return f"{self.path} mixes text encodings; save it as UTF-8."
        if "straddl" in text:
            return (
                f"{self.path} has a row of more than {_BLOCK_BYTES >> 20} MiB, "
                "or a quote that is never closed."
            )
        return f"{self.path} is not a regular table: {text[:200]}"


def _trimmed(array: pa.Array, trim: Any) -> pa.Array:
    trimmed = trim(array, characters=" \r")
    blank = pc.equal(pc.binary_length(trimmed), 0)
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)


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
    encoding, mark, text = _decode(start, is_cut=len(start) >= _SNIFFED_BYTES)
    layout = find_layout(text)
    columns = tuple(
        FileColumn(index, name or f"column{index + 1}", pa.string(), unit)
        for index, (name, unit) in enumerate(
            zip(layout.names, layout.units, strict=True)
        )
    )
    first = mark + len(text[: layout.begin].encode(encoding))
    return TextTable(path, zipped, layout, encoding, first, columns)


def _decode(start: bytes, *, is_cut: bool) -> tuple[str, int, str]:
    """Return the encoding, the bytes of its mark, and the start of the file as text."""
    wide, mark = wide_encoding(start)
    if wide:
        # What is damaged shows on reading.
        decoder = codecs.getincrementaldecoder(wide)("replace")
        return wide, mark, decoder.decode(start[mark:])
    if is_cut:
        # The last line may be cut within a character.
        start = start[: start.rfind(b"\n") + 1] or start
    mark = len(_BOM) if start.startswith(_BOM) else 0
    for encoding in ("utf-8", "latin-1"):
        try:
            return encoding, mark, start[mark:].decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes everything")
