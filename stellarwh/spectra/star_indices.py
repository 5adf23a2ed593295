"""Write ``sql/marts/star_indices.sql`` and its part of the glossary.

Both follow from ``sql/index_definitions.csv``: a column and its error for each index.
"""

import csv
import re
from io import StringIO
from pathlib import Path

from stellarwh.content import content_dir
from stellarwh.spectra.bands import Index
from stellarwh.spectra.definitions import read_definitions

_UNITS = {"A": "Angstrom", "mag": "mag", "ratio": ""}
_UCDS = {"A": "spect.line.eqWidth", "mag": "spect.index", "ratio": "spect.index"}
_WORD = re.compile(r"([a-z]{3})([A-Z])")
# Lines that are written here, be it of one that is no index any more.
_OF_AN_INDEX = re.compile(r",(stat\.error;)?(spect\.line\.eqWidth|spect\.index),")
# Of the view, what is written here; the rest is as it stands there.
_COLUMNS = re.compile(
    r"(?<=        star_id,\n)        max\(.*?(?=\n    from measured\n)", re.DOTALL
)


def column_of(index: Index) -> str:
    """Return the column of an index.

    Examples
    --------
    >>> [column_of(index) for index in read_definitions().indices[21:22]]
    ['hdelta_a']
    """
    return _WORD.sub(r"\1_\2", index.name).lower().replace(".", "_")


def render_view(text: str) -> str:
    """Return the SQL of ``main.star_indices`` with a column for each index."""
    lines = []
    for index in read_definitions().indices:
        column = column_of(index)
        for value, name in (("value", column), ("err", f"{column}_err")):
            lines.append(
                f"        max({value}) filter (where index_name = '{index.name}') "
                f"as {name}"
            )
    written = ",\n".join(lines)
    return _COLUMNS.sub(lambda _: written, text)


def glossary_lines() -> dict[str, str]:
    """Return a line of ``sql/columns.csv`` for each column, by its name."""
    with (content_dir("sql") / "index_definitions.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        told = {row["name"]: row["description"] for row in csv.DictReader(file)}
    lines = {}
    for index in read_definitions().indices:
        column, unit, ucd = column_of(index), _UNITS[index.unit], _UCDS[index.unit]
        what = f"spectral index {index.name}: {told[index.name]} ({index.source})"
        lines[column] = _line(column, unit, ucd, what)
        name = f"{column}_err"
        lines[name] = _line(name, unit, f"stat.error;{ucd}", f"error of {column}")
    return lines


def render_glossary(text: str) -> str:
    """Return the glossary with the lines of the indices in their places."""
    header, *lines = text.splitlines()
    merged = {
        line.partition(",")[0]: line for line in lines if not _OF_AN_INDEX.search(line)
    }
    merged |= glossary_lines()
    return "\n".join([header, *(merged[name] for name in sorted(merged))]) + "\n"


def _line(*cells: str) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def write() -> list[Path]:
    """Write both files into the checkout and return their paths."""
    root = content_dir("sql")
    view, glossary = root / "marts" / "star_indices.sql", root / "columns.csv"
    text = render_view(view.read_text(encoding="utf-8"))
    view.write_text(text, encoding="utf-8")
    text = render_glossary(glossary.read_text(encoding="utf-8"))
    glossary.write_text(text, encoding="utf-8")
    return [view, glossary]


if __name__ == "__main__":
    write()
