"""Lines below the header that are no rows: units, and the dashes below them."""

import re
from collections.abc import Sequence

from stellarwh.catalogues.words import is_null_word, is_number

_RULE = re.compile(r"[-=]+")
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


def units_below(
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
    elif are_units(first) and _numbers_below(first, rows[1:]):
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


def are_units(fields: Sequence[str]) -> bool:
    """Say whether all that is written there are units."""
    written = [field for field in fields if field and not re.fullmatch("-+", field)]
    return bool(written) and all(
        len(field) <= 24 and _UNIT.fullmatch(field) for field in written
    )


def _numbers_below(units: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether columns that have a unit hold numbers."""
    columns = [i for i, unit in enumerate(units) if unit and unit.strip("-")]
    below = [[row[i] for row in rows if i < len(row)] for i in columns]
    return all(has_numbers_only(texts) for texts in below)


def has_numbers_only(texts: Sequence[str]) -> bool:
    """Say whether there are numbers, and nothing else but words for no value."""
    values = [text for text in texts if text and not is_null_word(text)]
    return bool(values) and all(is_number(text) for text in values)
