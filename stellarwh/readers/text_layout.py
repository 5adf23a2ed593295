"""Where the header of a text file is, what its delimiter is, and where rows begin."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.errors import InputFileError
from stellarwh.readers.words import is_null_word, is_number, is_value

TRIED_DELIMITERS = ",|\t;"
# No header line is longer.
_HEADER_CHARACTERS = 1 << 16
_ROWS_LOOKED_AT = 100
_LINE_END = re.compile(r"\r\n|\n|\r")
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_RULE = re.compile(r"[-=]+")
_NAME = re.compile(r"[^\W\d][\w.:/()\[\]+*-]*")
# Units as VizieR and others write them in a line of their own.
_UNIT = re.compile(
    r"(?:[\[(]?(?:log|\d+\*?\*?[+-]?\d* ?)?[\[(]?"
    r"(?:[afpnumkMGT]?(?:arcsec|arcmin|as|deg|degrees?|rad|mag|s|h|d|a|yr|K|m|Hz|Jy|eV|W"
    r"|pc|g|J|pix|ct|Angstrom)|km|cm|cm2|mm|mas|uas|dex|Sun|Msun|Rsun|Lsun|sol\w+|%"
    r"|h:m:s|d:m:s|\"h:m:s\"|\"d:m:s\"|min|date|days?|years?|unitless|none)"
    r"(?:[ ./*^]|[+-]?\d"
    r"|[afpnumkMGT]?(?:yr|s|h|d|pc|m|cm|Hz|g|K|deg|A|Angstrom)(?![a-z]))*"
    r"[\])]*)|[\u00b0'\"]"
)


@dataclass(frozen=True)
class TextLayout:
    """How a text file is laid out.

    Parameters
    ----------
    delimiter : str
        What stands between fields.
    names, units : sequence of str
        Of the columns; a name is empty where the header has none.
    begin : int
        The character where the rows begin.
    fields : int
        How many fields a row has: those of the header, or more that are empty.
    is_padded : bool
        Blanks after delimiters belong to the file's style, not to its values.
    notes : tuple of str
        What the user should know of how it was decided.
    """

    delimiter: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    begin: int
    fields: int
    is_padded: bool
    notes: tuple[str, ...]


def find_layout(path: Path, text: str) -> TextLayout:
    """Find header and rows in the start of a text file.

    Raises
    ------
    InputFileError
        If there is no header line of column names, or two lines may be it.
    """
    said, begin = _delimiter_said(path, text)
    comments, header, after = _first_lines(text, begin)
    if not header.strip():
        raise InputFileError(f"{path} holds no table, only comments.")
    delimiter = said or _delimiter(header, text[after:])
    notes: list[str] = []
    here = _fields(header, delimiter)
    above = [line for line in comments if _same_length(line, here, delimiter)]
    rows = _rows(text[after:], delimiter)
    if above and (found := _header_above(path, above, here, rows, delimiter)):
        rows = [here, *rows]
        after = _begin_of(text, begin)
        header = found
        notes.append(f"The comment line '{_shown(found)}' was taken as the header.")
    elif not _may_be_table(header, delimiter):
        raise InputFileError(_no_table(path, header))
    names = [" ".join(n.split()) for n in _fields(header, delimiter)]
    _check_names(path, names, header, notes)
    units, skipped = _units_below(names, rows)
    for _ in range(skipped):
        _, after = _next_line(text, after)
        rows = rows[1:]
    count, notes_on_fields = _count(path, names, rows)
    notes += notes_on_fields
    names = names[:count] + [""] * (count - len(names))
    fields = max([count, *(len(row) for row in rows[:1])])
    return TextLayout(
        delimiter,
        tuple(names),
        tuple(units[:count]) + ("",) * (count - len(units)),
        after,
        fields,
        _is_padded(header, text[after:], delimiter),
        tuple(notes),
    )


def _delimiter_said(path: Path, text: str) -> tuple[str, int]:
    """Return the delimiter that a line ``sep=,`` names, as Excel does."""
    line, end = _next_line(text, 0)
    found = _SEP.fullmatch(line.strip(" ")) or _SEP.fullmatch(line)
    if found is None:
        return "", 0
    if found[1] not in TRIED_DELIMITERS:
        raise InputFileError(
            f"{path} says that '{found[1]}' stands between its fields; "
            "save it with commas, semicolons or tabs."
        )
    return found[1], end


def _first_lines(text: str, begin: int) -> tuple[list[str], str, int]:
    """Return comment lines, the first other line that is not blank, and its end."""
    comments = []
    line, end = _next_line(text, begin)
    while (line.startswith("#") or not line.strip()) and end < len(text):
        if line.startswith("#"):
            comments.append(line.lstrip("#"))
        line, end = _next_line(text, end)
    if line.startswith("#"):
        return comments, line.lstrip("#"), end
    if not line.strip() and comments:
        # A header and no rows.
        return comments[:-1], comments[-1], end
    return comments, line, end


def _begin_of(text: str, begin: int) -> int:
    """Return where the first line begins that is no comment and not blank."""
    line, end = _next_line(text, begin)
    while line.startswith("#") or not line.strip():
        begin = end
        line, end = _next_line(text, begin)
    return begin


def _delimiter(header: str, below: str) -> str:
    """Return what most likely stands between the fields, outside of quotes."""

    def likelihood(delimiter: str) -> tuple[bool, int]:
        count = len(_fields(header, delimiter))
        rows = _rows(below, delimiter)[:20]
        same = bool(rows) and all(len(row) == count for row in rows)
        return same and count > 1, count

    return max(TRIED_DELIMITERS, key=likelihood)


def _same_length(comment: str, fields: Sequence[str], delimiter: str) -> bool:
    return len(_fields(comment, delimiter)) == len(fields) > 1


def _header_above(
    path: Path,
    above: Sequence[str],
    here: Sequence[str],
    rows: Sequence[Sequence[str]],
    delimiter: str,
) -> str | None:
    """Return the comment line that is the header, None if the plain line is it.

    A row of values has numbers, blanks or words for no value; a header has none where
    the rows below have them.
    """
    named = [line for line in above if not _are_units(_fields(line, delimiter))]
    best = (named or above)[-1]
    if any(is_value(field) for field in here):
        return best
    is_header = any(
        field
        and not is_null_word(field)
        and _has_numbers_only([row[i] for row in rows if i < len(row)])
        for i, field in enumerate(here)
    )
    may_be_names = [field for field in _fields(best, delimiter) if field]
    if is_header or not all(_NAME.fullmatch(name) for name in may_be_names):
        return None
    if any(not field or is_null_word(field) for field in here):
        return best
    # All is text: names have no digits where the values below them do.
    has_digit = re.compile(r"\d")
    if any(
        not has_digit.search(field)
        and rows
        and all(i < len(row) and has_digit.search(row[i]) for row in rows)
        for i, field in enumerate(here)
    ):
        return None
    if not rows:
        raise InputFileError(
            f"{path}: '{_shown(best)}' and the line below may both be the header; "
            "take the other one out, or the # before it."
        )
    return best


def _has_numbers_only(texts: Sequence[str]) -> bool:
    values = [text for text in texts if text and not is_null_word(text)]
    return bool(values) and all(is_number(text) for text in values)


def _may_be_table(header: str, delimiter: str) -> bool:
    """Say whether it is a header: of several fields, or the name of one column."""
    if len(_fields(header, delimiter)) > 1:
        return True
    return not re.search(r"\s", header.strip()) or header.strip().startswith('"')


def _no_table(path: Path, header: str) -> str:
    return (
        f"{path} is text but not a table: its first line {header[:60].strip()!r} has "
        "no comma, pipe or tab between column names. Columns with blanks between them "
        "cannot be told from blanks within values; convert it first, for example with "
        f"STILTS: stilts tpipe in={path.name} ifmt=ascii out={path.stem}.fits"
    )


def _check_names(
    path: Path, names: Sequence[str], header: str, notes: list[str]
) -> None:
    """Refuse a first row of values as header; mention names that look like values."""
    values = [name for name in names if is_number(name)]
    fractions = [name for name in values if not name.isdigit()]
    if fractions or (values and len(values) == sum(1 for name in names if name)):
        raise InputFileError(
            f"{path} has no header line of column names: its first line is "
            f"'{_shown(header)}'; put one before it."
        )
    if values:
        notes.append(
            f"The first line was taken as the header; it names columns {values[0]}"
            f"{', …' if len(values) > 1 else ''}."
        )


def _units_below(
    names: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[str], int]:
    """Return the units of a line below the header, and how many lines are no rows.

    VizieR writes a line of units and one of dashes.
    """
    none = [""] * len(names)
    if rows and _is_rule(rows[0], names):
        return none, 1
    if not rows or any(is_number(field) for field in rows[0]):
        return none, 0
    first = rows[0]
    if len(rows) > 1 and _is_rule(rows[1], names):
        skipped = 2
    elif _are_units(first) and _numbers_below(first, rows[1:]):
        skipped = 1
    else:
        return none, 0
    units = [re.sub(r"^-+$|^unitless$|^none$", "", unit) for unit in first]
    return (units + none)[: len(names)], skipped


def _is_rule(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether a row is a line of dashes."""
    fields = [field for field in row if field]
    return (
        len(row) >= len(names)
        and len(fields) >= max(1, len(row) - 1)
        and all(_RULE.fullmatch(field) for field in fields)
        and any(len(field) > 1 for field in fields)
    )


def _are_units(fields: Sequence[str]) -> bool:
    written = [field for field in fields if field and not re.fullmatch("-+", field)]
    return bool(written) and all(
        len(field) <= 24 and _UNIT.fullmatch(field) for field in written
    )


def _numbers_below(units: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether columns that have a unit hold numbers."""
    columns = [i for i, unit in enumerate(units) if unit and unit.strip("-")]
    below = [[row[i] for row in rows if i < len(row)] for i in columns]
    return all(_has_numbers_only(texts) for texts in below)


def _count(
    path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[int, list[str]]:
    """Return how many columns there are, empty names at the end left out."""
    count = len(names)
    # Delimiters at the end of the line; a column without a name has values.
    while (
        count > 1
        and not names[count - 1]
        and all(len(row) < count or not row[count - 1] for row in rows)
    ):
        count -= 1
    unnamed = [i + 1 for i, name in enumerate(names[:count]) if not name]
    notes = []
    if unnamed:
        listed = ", ".join(f"column{number}" for number in unnamed[:6])
        notes.append(
            f"{len(unnamed)} column(s) without a name are stored as {listed}"
            f"{', …' if len(unnamed) > 6 else ''}."
        )
    # Where only later rows are longer, reading finds that they are.
    alike = [row for row in rows if len(row) == len(rows[0]) > count]
    if any(any(row[count:]) for row in alike):
        raise InputFileError(too_many_fields(path, count, len(rows[0])))
    return count, notes


def too_many_fields(path: Path, names: int, fields: int) -> str:
    """Return what to say of a row with more values than the header has names."""
    return (
        f"{path} has {names} column names and rows of {fields} values, so that it "
        "cannot be told which is which; where the first value is the name of the row "
        "(as R writes it), put a name for it at the start of the header."
    )


def _is_padded(header: str, below: str, delimiter: str) -> bool:
    """Say whether blanks stand after delimiters as a matter of style."""
    blank = re.compile(f"{re.escape(delimiter)} +")
    if delimiter in header and len(blank.findall(header)) == header.count(delimiter):
        return True
    lines = [line for line in below[:20_000].splitlines()[:20] if delimiter in line]
    return bool(lines) and all(
        len(blank.findall(line)) == line.count(delimiter) for line in lines
    )


def _next_line(text: str, begin: int) -> tuple[str, int]:
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


def _rows(text: str, delimiter: str) -> list[list[str]]:
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


def _fields(line: str, delimiter: str) -> list[str]:
    rows = _rows(line.strip() if delimiter != "\t" else line.strip(" "), delimiter)
    return rows[0] if rows else [line.strip()]


def _shown(line: str) -> str:
    text = " ".join(line.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
