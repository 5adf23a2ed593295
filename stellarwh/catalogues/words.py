"""What a text says: a number, no value, or neither.

Text files write numbers and the lack of them in many ways; these are the ones that are
told from text, here and nowhere else.
"""

import re

# Words for "no value" in columns of numbers, in lower case.
NULL_WORDS = (
    *("null", "none", "\\n", "n/a", "na", "--", "<na>", "#n/a", "(null)", "nil"),
    *("#null!", "#value!", "masked"),
)
# These are values too in columns of text, so they count beside numbers only.
WEAK_NULL_WORDS = ("-", "---", "----", "-----", "...", "....", "…", "?", "*", ".")
# Numbers as people write them: not in hexadecimal, which other readers take by luck.
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(NUMBER)
_NOT_FINITE = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_VALUE = re.compile(
    r"[+-]?\d+[:hd ]\s?\d+[:m' ]\s?\d+(?:\.\d*)?[s\"]?"  # sexagesimal
    r"|\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d:\d\d.*)?"  # a date
    r"|0[xX][0-9a-fA-F]+|true|false"
    r"|[+-]?(?:\d+\.?\d*|\.\d+)[dD][+-]?\d+",  # as Fortran writes it
    re.IGNORECASE,
)


def is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    return _NUMBER.fullmatch(text) is not None


def is_null_word(text: str) -> bool:
    """Return whether a text stands beside numbers for no value, or for NaN."""
    is_word = text.lower() in NULL_WORDS or text in WEAK_NULL_WORDS
    return is_word or _NOT_FINITE.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Return whether a text is a value that no column is called by."""
    return is_number(text) or _VALUE.fullmatch(text) is not None
