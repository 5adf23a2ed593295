"""Names from a catalogue, however long or odd, as pages, files and charts take them."""

import hashlib
import re
import unicodedata

from markupsafe import Markup, escape

from stellarwh.runtime.plain_text import printable, without_controls

LONGEST_LABEL = 36  # signs of a name in a chart
_LONGEST_WORD = 60  # signs of a name in a file name
_LONGEST_TEXT = 160  # signs of a cell or a link
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_PLAIN = re.compile(rf"[a-z0-9_]{{1,{_LONGEST_WORD}}}")


def slug(word: str) -> str:
    """Return a word for file names and identifiers; two words never have the same.

    Small letters, digits and underscores stay what they are; whatever else is in the
    word, or its length, is told by a part of its SHA-256.
    """
    if _PLAIN.fullmatch(word):
        return word
    clean = "".join(c if c.isascii() and c.isalnum() else "-" for c in word.lower())
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{clean[:_LONGEST_WORD]}.{digest}"


def cut(text: str, most: int = LONGEST_LABEL) -> str:
    """Return text without control signs, cut with an ellipsis where it is too long."""
    plain = without_controls(_CONTROLS.sub(" ", text))
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def short(text: object, most: int = _LONGEST_TEXT) -> Markup:
    """Return text for a page: cut where it is too long, whole in its title.

    Right-to-left names are kept apart from what stands beside them.
    """
    whole = str(text)
    shown = cut(whole, most)
    if shown == whole and not any(
        unicodedata.bidirectional(c) in ("R", "AL", "RLE", "RLO", "RLI") for c in whole
    ):
        return escape(whole)
    return Markup('<bdi title="{}">{}</bdi>').format(printable(whole), shown)


def shown(value: object) -> object:
    """Return what a page writes for a value: HTML has no place for control signs."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value.replace("\t", "    "))
    return value
