"""Text that a terminal only shows: nothing in it moves a cursor or sets a colour."""

import re
import reprlib

# Control characters (Unicode's Cc), what changes the direction of writing, and the
# separators of lines and paragraphs. Surrogates cannot be written at all.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    r"""Return text with everything that a terminal would obey spelled out.

    Examples
    --------
    >>> print(one_line("red \x1b[31m\n"))
    red \x1b[31m\n
    """
    return _UNSHOWN.sub(_spelled, text)


class _Short(reprlib.Repr):
    """Writes values of Python short, and of tables and arrays their type alone."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 60

    def repr_instance(self, x: object, level: int) -> str:
        """Return what a value of no common type is."""
        if is_many(x):
            return f"<{type(x).__name__}>"
        return super().repr_instance(x, level)


_SHORT = _Short()


def is_many(value: object) -> bool:
    """Return whether a value of Python is a table, a frame or an array."""
    kind = type(value)
    is_table = hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "to_pandas")
    return is_table or getattr(value, "shape", ()) != ()


def short(value: object) -> str:
    """Return a value of Python as one short line.

    Examples
    --------
    >>> short("x" * 1000)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx'"
    >>> short(list(range(1000)))
    '[0, 1, 2, 3, 4, 5, ...]'
    """
    return one_line(_SHORT.repr(value))


def printable(text: str) -> str:
    """Return text as `one_line` does, but with its line breaks."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def without_controls(text: str) -> str:
    """Return text without such characters, which have no width; a tab is a blank."""
    return _UNSHOWN.sub("", text.replace("\t", " "))


def _spelled(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    spelled = f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return _NAMED.get(character, spelled)
