"""Where the header of a text file is, what its delimiter is, and where rows begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stellarwh.catalogues.text.lines import fields_of, next_line, rows_of, shown
from stellarwh.catalogues.text.units import are_units, has_numbers_only, units_below
from stellarwh.catalogues.words import is_null_word, is_number, is_value
from stellarwh.errors import FILE, ITS_NAME, ITS_STEM, InputFileError

TRIED_DELIMITERS = ",|\t;"
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_NAME = re.compile(r"[^\W\d][\w.:/()\[\]+*-]*")


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
    skips_blank_lines : bool
        A blank line is no row, even of a table of one column.
    """

    delimiter: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    begin: int
    fields: int
    is_padded: bool
    notes: tuple[str, ...]
    skips_blank_lines: bool = False

    @property
    def has_blank_rows(self) -> bool:
        """Whether an empty line is a row."""
        return self.fields == 1 and not self.skips_blank_lines


def find_layout(text: str) -> TextLayout:
    """Find header and rows in the start of a text file.

    Raises
    ------
    InputFileError
        If there is no header line of column names, or two lines may be it.
    """
    said, begin = _delimiter_said(text)
    comments, header, after = _first_lines(text, begin)
    if not header.strip():
        raise InputFileError(f"{FILE} holds no table, only comments.")
    delimiter = said or _delimiter(header, text[after:])
    notes: list[str] = []
    here = fields_of(header, delimiter)
    above = [line for line in comments if _same_length(line, here, delimiter)]
    rows = rows_of(text[after:], delimiter)
    if above and (found := _header_above(above, here, rows, delimiter)):
        rows = [here, *rows]
        after = _begin_of(text, begin)
        header = found
        notes.append(f"The comment line '{shown(found)}' was taken as the header.")
    elif not _may_be_table(header, delimiter):
        raise InputFileError(_no_table(header))
    names = [" ".join(n.split()) for n in fields_of(header, delimiter)]
    _check_names(names, header, notes)
    units, skipped = units_below(names, rows)
    for _ in range(skipped):
        _, after = next_line(text, after)
        rows = rows[1:]
    count, notes_on_fields = _count(names, rows)
    notes += notes_on_fields
    names = names[:count] + [""] * (count - len(names))
    fields = max([count, *(len(row) for row in rows[:1])])
    return TextLayout(
        delimiter,
        tuple(names),
        tuple(units[:count]) + ("",) * (count - len(units)),
        after,
        fields,
        is_padded(header, text[after:], delimiter),
        tuple(notes),
    )


def _delimiter_said(text: str) -> tuple[str, int]:
    """Return the delimiter that a line ``sep=,`` names, as Excel does."""
    line, end = next_line(text, 0)
    found = _SEP.fullmatch(line.strip(" ")) or _SEP.fullmatch(line)
    if found is None:
        return "", 0
    if found[1] not in TRIED_DELIMITERS:
        raise InputFileError(
            f"{FILE} says that '{found[1]}' stands between its fields; "
            "save it with commas, semicolons or tabs."
        )
    return found[1], end


def _first_lines(text: str, begin: int) -> tuple[list[str], str, int]:
    """Return comment lines, the first other line that is not blank, and its end."""
    comments = []
    line, end = next_line(text, begin)
    while (line.startswith("#") or not line.strip()) and end < len(text):
        if line.startswith("#"):
            comments.append(line.lstrip("#"))
        line, end = next_line(text, end)
    if line.startswith("#"):
        return comments, line.lstrip("#"), end
    if not line.strip() and comments:
        # A header and no rows.
        return comments[:-1], comments[-1], end
    return comments, line, end


def _begin_of(text: str, begin: int) -> int:
    """Return where the first line begins that is no comment and not blank."""
    line, end = next_line(text, begin)
    while (line.startswith("#") or not line.strip()) and end < len(text):
        begin = end
        line, end = next_line(text, begin)
    return begin


def _delimiter(header: str, below: str) -> str:
    """Return what most likely stands between the fields, outside of quotes."""

    def likelihood(delimiter: str) -> tuple[bool, int]:
        count = len(fields_of(header, delimiter))
        rows = rows_of(below, delimiter)[:20]
        same = bool(rows) and all(len(row) == count for row in rows)
        return same and count > 1, count

    return max(TRIED_DELIMITERS, key=likelihood)


def _same_length(comment: str, fields: Sequence[str], delimiter: str) -> bool:
    return len(fields_of(comment, delimiter)) == len(fields) > 1


def _header_above(
    above: Sequence[str],
    here: Sequence[str],
    rows: Sequence[Sequence[str]],
    delimiter: str,
) -> str | None:
    """Return the comment line that is the header, None if the plain line is it.

    A row of values has numbers, blanks or words for no value; a header has none where
    the rows below have them.
    """
    named = [line for line in above if not are_units(fields_of(line, delimiter))]
    best = (named or above)[-1]
    if any(is_value(field) for field in here):
        return best
    is_header = any(
        field
        and not is_null_word(field)
        and has_numbers_only([row[i] for row in rows if i < len(row)])
        for i, field in enumerate(here)
    )
    may_be_names = [field for field in fields_of(best, delimiter) if field]
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
            f"{FILE}: '{shown(best)}' and the line below may both be the header; "
            "take the other one out, or the # before it."
        )
    return best


def _may_be_table(header: str, delimiter: str) -> bool:
    """Say whether it is a header: of several fields, or the name of one column."""
    if len(fields_of(header, delimiter)) > 1:
        return True
    return not re.search(r"\s", header.strip()) or header.strip().startswith('"')


def _no_table(header: str) -> str:
    return (
        f"{FILE} is text but not a table: its first line {header[:60].strip()!r} has "
        "no comma, pipe or tab between column names. Columns with blanks between them "
        "cannot be told from blanks within values; convert it first, for example with "
        f"STILTS: stilts tpipe in={ITS_NAME} ifmt=ascii out={ITS_STEM}.fits"
    )


def _check_names(names: Sequence[str], header: str, notes: list[str]) -> None:
    """Refuse a first row of values as header; mention names that look like values."""
    values = [name for name in names if is_number(name)]
    fractions = [name for name in values if not name.isdigit()]
    if fractions or (values and len(values) == sum(1 for name in names if name)):
        raise InputFileError(
            f"{FILE} has no header line of column names: its first line is "
            f"'{shown(header)}'; put one before it."
        )
    if values:
        notes.append(
            f"The first line was taken as the header; it names columns {values[0]}"
            f"{', …' if len(values) > 1 else ''}."
        )


def _count(
    names: Sequence[str], rows: Sequence[Sequence[str]]
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
        raise InputFileError(too_many_fields(count, len(rows[0])))
    return count, notes


def too_many_fields(names: int, fields: int) -> str:
    """Return what to say of a row with more values than the header has names."""
    return (
        f"{FILE} has {names} column names and rows of {fields} values, so that it "
        "cannot be told which is which; where the first value is the name of the row "
        "(as R writes it), put a name for it at the start of the header."
    )


def is_padded(header: str, below: str, delimiter: str) -> bool:
    """Say whether blanks stand after delimiters as a matter of style."""
    blank = re.compile(f"{re.escape(delimiter)} +")
    if delimiter in header and len(blank.findall(header)) == header.count(delimiter):
        return True
    lines = [line for line in below[:20_000].splitlines()[:20] if delimiter in line]
    return bool(lines) and all(
        len(blank.findall(line)) == line.count(delimiter) for line in lines
    )
