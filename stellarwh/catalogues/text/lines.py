"""Lines of a text file and the fields within them, quotes heeded."""

import csv
import io
import re

# No header line is longer.
_HEADER_CHARACTERS = 1 << 16
_ROWS_LOOKED_AT = 100
_LINE_END = re.compile(r"\r\n|\n|\r")


def next_line(text: str, begin: int) -> tuple[str, int]:
    """Return the line that begins there, and where the next one does.

    A line break within quotes does not end it.
    """
    first = None
    for found in _LINE_END.finditer(text, begin):
        first = first or found
        if text.count('"', begin, found.start()) % 2 == 0:
            return text[begin : found.start()], found.end()
        if found.start() > begin + _HEADER_CHARACTERS:
            break
    if first is None:
        return text[begin:], len(text)
    return text[begin : first.start()], first.end()


def rows_of(text: str, delimiter: str) -> list[list[str]]:
    """Return the fields of the first rows; blank and comment lines are none."""
    found = []
    lines = io.StringIO(text, newline="")
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            is_comment = len(row) == 1 and row[0].startswith("#")
            if (len(row) > 1 or "".join(row).strip()) and not is_comment:
                found.append([field.strip() for field in row])
            if len(found) >= _ROWS_LOOKED_AT:
                break
    except csv.Error:
        # Reading finds it again, and says so.
        pass
    return found


def fields_of(line: str, delimiter: str) -> list[str]:
    """Return the fields of one line, without blanks around them."""
    rows = rows_of(line.strip() if delimiter != "\t" else line.strip(" "), delimiter)
    return rows[0] if rows else [line.strip()]


def shown(line: str) -> str:
    """Return a line as messages show it, cut with an ellipsis."""
    text = " ".join(line.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
