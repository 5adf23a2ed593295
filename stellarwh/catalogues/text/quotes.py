"""Whether the quotes of a text file leave a doubt about where its rows end."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_QUOTE = ord('"')


class QuoteCheck:
    """Follows the quotes of a delimited text file as it is read, block by block.

    A quote that is neither at an end of a field nor doubled is taken literally by most
    readers. That is harmless as long as every line is a row; where quoted fields span
    lines too, a stray quote would swallow rows without a word.

    Parameters
    ----------
    delimiter : str
        What stands between fields.
    """

    def __init__(self, delimiter: str) -> None:
        self.is_odd = False  # a quote stands where none should
        self.seen_line_break = False  # a field holds a line break
        self.seen_quote = False
        self._boundaries = np.frombuffer(f"{delimiter}\n\r".encode(), np.uint8)
        self._inside = False
        self._tail = b"\n"

    def add(self, data: bytes) -> None:
        """Take the next bytes of the file; the last ones wait for those after them."""
        self.seen_quote = self.seen_quote or b'"' in data
        if self.is_odd or not data:
            return
        if _QUOTE not in data and _QUOTE not in self._tail:
            self._tail = data[-1:]
            return
        data = self._tail + data
        # The last character is the next one's context, a run of quotes stays whole.
        kept = len(data.rstrip(b'"')) - 1
        if kept < 1:
            self._tail = data
            return
        self._look(np.frombuffer(data, np.uint8)[: kept + 1])
        self._tail = data[kept:]

    def _look(self, characters: npt.NDArray[np.uint8]) -> None:
        is_quote = (characters == _QUOTE).astype(np.int8)
        edges = np.diff(is_quote, prepend=np.int8(0), append=np.int8(0))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        if not begins.size:
            return
        lengths = ends - begins
        odd = lengths % 2 == 1
        # An odd run opens or closes a field; an even one does neither, or both.
        inside = np.logical_xor(np.cumsum(odd) - odd & 1, self._inside)
        starts_field = np.isin(characters[begins - 1], self._boundaries)
        ends_field = np.isin(
            characters[np.minimum(ends, len(characters) - 1)], self._boundaries
        )
        opens = ~inside & starts_field & (odd | ends_field)
        closes = inside & (~odd | ends_field)
        self.is_odd = not bool(np.all(opens | closes))
        self._inside ^= bool(odd.sum() % 2)

    def look_for_line_breaks(self, texts: pa.StringArray) -> None:
        """Note whether any of these values holds a line break."""
        # Only a quoted field can.
        if self.seen_quote and not self.seen_line_break and len(texts):
            # All characters at once: a search in each text takes far longer.
            _, offsets, data = texts.buffers()
            ends = np.frombuffer(offsets, np.int32)[texts.offset :][: len(texts) + 1]
            characters = bytes(data[ends[0] : ends[-1]]) if data else b""
            self.seen_line_break = b"\n" in characters or b"\r" in characters
