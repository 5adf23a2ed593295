"""The rows of a text file as a stream of UTF-8, as the parser wants them."""

import codecs
from typing import Any

import numpy as np

from stellarwh.catalogues.table import Advance
from stellarwh.catalogues.text.quotes import QuoteCheck

_QUOTE, _BLANK = ord('"'), ord(" ")
_LINE_ENDS = np.frombuffer(b"\n\r", np.uint8)


class TextRows:
    """A stream of the rows of a text file, with one more row after the last.

    Blanks between a delimiter and a quote are left out: the parser would take the quote
    for a character of the value. So are those of several blanks that delimit fields.

    Parameters
    ----------
    stream : binary file
        It stands where the rows begin.
    delimiter : str
        What stands between fields.
    fields : int
        How many fields a row has.
    last : str
        Every field of the row after the last.
    encoding : str
        That of the stream.
    advance : callable
        Called with bytes of the file read.
    share : float
        Bytes of the file per byte of the stream.
    keeps_blank_lines : bool
        An empty line is a row, as it is of a table of one column.
    """

    def __init__(
        self,
        stream: Any,
        delimiter: str,
        fields: int,
        last: str,
        encoding: str,
        advance: Advance,
        share: float,
        *,
        keeps_blank_lines: bool,
    ) -> None:
        self._stream = stream
        self._advance = advance
        self._share = share
        is_wide = encoding.startswith("utf-16")
        self._decoder = codecs.getincrementaldecoder(encoding)() if is_wide else None
        # The parser calls back with each odd row, and must find text there.
        is_utf8 = encoding == "utf-8"
        self._checker = codecs.getincrementaldecoder(encoding)() if is_utf8 else None
        self._is_within = False
        # No row at the end of the file.
        self._line_ends = b"" if keeps_blank_lines else None
        self._last = f"{delimiter.join([last] * fields)}\n".encode()
        self._padding = _Blanks() if delimiter == " " else _Padding(delimiter)
        self._is_empty = True
        self.quotes = QuoteCheck(delimiter)
        self.closed = False

    @property
    def has_padded_quotes(self) -> bool:
        """Whether blanks stood between a delimiter and a quote."""
        return self._padding.was_there

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes.

        Raises
        ------
        UnicodeDecodeError
            If the stream is not in the encoding that it should be in.
        """
        data = b""
        while not data:
            # Two bytes of UTF-16 are up to three of UTF-8; some wait in the padding.
            raw = self._stream.read(max(1, size // 2) if self._decoder else size)
            self._advance(len(raw) * self._share)
            data = self._take(raw)
            if not raw:
                break
        self._is_empty &= not data
        self.quotes.add(data)
        return data

    def _take(self, raw: bytes) -> bytes:
        """Return what of the next bytes is for the parser; at the end, all of it."""
        data = raw
        if self._decoder is not None:
            data = self._decoder.decode(raw, final=not raw).encode("utf-8")
        elif self._checker is not None and (self._is_within or not raw.isascii()):
            self._checker.decode(raw, final=not raw)
            self._is_within = bool(self._checker.getstate()[0])
        data = self._padding.leave_out(data, is_end=not raw)
        if self._line_ends is not None:
            data = self._line_ends + data
            kept = data.rstrip(b"\r\n")
            self._line_ends, data = data[len(kept) :], kept
        if raw or not self._last:
            return data
        before = b"" if self._is_empty and not data else b"\n"
        data, self._last = data + before + self._last, b""
        return data

    def close(self) -> None:
        """Leave the stream to whoever opened it."""
        self.closed = True


class _Padding:
    """Blanks between a delimiter and the quote that opens a field."""

    def __init__(self, delimiter: str) -> None:
        self.was_there = False
        self._boundaries = f"{delimiter}\n\r".encode()
        self._inside = False
        # What may be followed by padding; at first the line break before the rows.
        self._waiting = b"\n"
        self._is_first = True

    def leave_out(self, data: bytes, *, is_end: bool) -> bytes:
        """Return the next bytes without padding; a few of them come with the next."""
        data = self._waiting + data
        kept = len(data)
        if not is_end:
            kept = len(data.rstrip(b" "))
            kept -= data[kept - 1 : kept] in (bytes([b]) for b in self._boundaries)
        data, self._waiting = data[:kept], data[kept:]
        if b' "' in data:
            data = self._without(data)
        elif data.count(b'"') % 2:
            self._inside = not self._inside
        if self._is_first and data:
            self._is_first = False
            return data[1:]
        return data

    def _without(self, data: bytes) -> bytes:
        characters = np.frombuffer(data, np.uint8)
        is_quote = characters == _QUOTE
        inside = np.logical_xor(np.cumsum(is_quote) & 1, self._inside)
        self._inside = bool(inside[-1])
        edges = np.diff((characters == _BLANK).astype(np.int8), prepend=0, append=0)
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        last = len(characters) - 1
        before = np.maximum(begins - 1, 0)
        is_padding = (
            is_quote[np.minimum(ends, last)]
            & np.isin(characters[before], np.frombuffer(self._boundaries, np.uint8))
            & ~inside[before]
        )
        if not is_padding.any():
            return data
        self.was_there = True
        depth = np.zeros(len(characters) + 1, np.int8)
        depth[begins[is_padding]] = 1
        depth[ends[is_padding]] = -1
        return bytes(characters[np.cumsum(depth[:-1]) == 0].tobytes())


class _Blanks:
    """Blanks where they alone stand between fields: of several, one is left."""

    def __init__(self) -> None:
        self.was_there = False
        self._inside = False
        self._waiting = b""
        self._before = _LINE_ENDS[0]

    def leave_out(self, data: bytes, *, is_end: bool) -> bytes:
        """Return the next bytes; blanks at their end come with those after them."""
        data = self._waiting + data
        kept = len(data) if is_end else len(data.rstrip(b" "))
        data, self._waiting = data[:kept], data[kept:]
        if not data:
            return b""
        characters = np.frombuffer(data, np.uint8)
        inside = np.logical_xor(np.cumsum(characters == _QUOTE) & 1, self._inside)
        is_blank = (characters == _BLANK) & ~inside
        edges = np.diff(is_blank.astype(np.int8), prepend=0, append=0)
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        before = np.append(np.uint8(self._before), characters)[begins]
        after = np.append(characters, _LINE_ENDS[:1])[ends]
        self._inside, self._before = bool(inside[-1]), characters[-1]
        is_edge = np.isin(before, _LINE_ENDS) | np.isin(after, _LINE_ENDS)
        dropped = is_blank
        dropped[begins[~is_edge]] = False
        if not dropped.any():
            return data
        self.was_there = True
        return bytes(characters[~dropped].tobytes())
