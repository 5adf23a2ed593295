"""Messages of DuckDB, in lines that a user can act on."""

import re

from rich.cells import cell_len

from stellarwh.runtime.plain_text import one_line, without_controls

REFUSED = re.compile(
    r'Cannot access (?:file|directory) "(.*?)" - file system operations are disabled '
    "by configuration",
    re.DOTALL,
)
# Where a warehouse is written before it takes its place.
_WRITING = re.compile(r"/\.[^/]+\.writing/")
# Rows that do not fit in memory and, by now, on the disk neither.
_PUT_ASIDE = re.compile(
    r"failed to offload data block of size [^(]*\(([\d.]+ \w+)/.*", re.DOTALL
)
# What a file could not be written for, and the numbers of errors.
_COMMITS = re.compile(
    r"Failed to (commit|create checkpoint because of error): |\[errno \d+\] "
    r"|Error writing bytes to file\. Detail: ",
    re.IGNORECASE,
)
_EXCERPT = re.compile(r"\n\n(LINE (\d+): )([^\n]*)\n( *)(\^+)\s*\Z")
# Longer ones list every column there is.
_LONGEST = 400


def first_line(message: str) -> str:
    """Return a DuckDB message as one line, without its class and source excerpt."""
    text = message.split("\n\nLINE ")[0].strip() or "unknown error"
    text = REFUSED.sub(
        lambda found: (
            f"its SQL asks for {found[1]}, which was refused: SQL of a "
            "warehouse reaches no other file"
        ),
        text,
    )
    text = _PUT_ASIDE.sub(
        r"no room for rows put aside as they do not fit in memory (\1 were)", text
    )
    joined = " ".join(line.strip() for line in text.splitlines() if line.strip())
    joined = _WRITING.sub("/", joined)
    joined = re.sub(r"^[\w ]+ Error: ", "", joined)
    return one_line(_COMMITS.sub("", joined))


def with_excerpt(message: str, lines_before: int = 0, hint: str = "") -> str:
    """Return a DuckDB message as one line, and below it the line of SQL with a caret.

    Parameters
    ----------
    message : str
        What DuckDB said.
    lines_before : int
        Lines that DuckDB was given before those of the user.
    hint : str
        What more the user is told in the first line.
    """
    text = first_line(message)
    if text.startswith("its SQL asks"):  # there is nothing before it here
        text = f"The query asks{text.removeprefix('its SQL asks')}"
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    if hint:
        text += f"; {hint}"
    found = _EXCERPT.search(message)
    if found is None or int(found[2]) <= lines_before:
        return text
    said, _, line, blanks, carets = found.groups()
    number = f"LINE {int(found[2]) - lines_before}: "
    tabs = _tabs_before(line, len(blanks) - len(said))
    indent = " " * (len(blanks) - len(said) + len(number) + tabs)
    return f"{text}\n{number}{without_controls(line)}\n{indent}{carets}"


def _tabs_before(line: str, cells: int) -> int:
    """Return the tabs before what a caret points at: DuckDB gives them no width."""
    passed = tabs = 0
    for character in line:
        if passed >= cells and without_controls(character).strip():
            break
        tabs += character == "\t"
        passed += cell_len(without_controls(character)) if character != "\t" else 0
    return tabs
