"""Text that a terminal only shows: nothing in it moves a cursor or sets a colour."""

import re

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
