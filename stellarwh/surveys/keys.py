"""What a survey's TOML may say: every key, what its value is and what it means."""

from dataclasses import dataclass

Types = type | tuple[type, ...]
_NUMBER = (int, float)


@dataclass(frozen=True)
class Key:
    """One key of a table.

    Parameters
    ----------
    type : type or tuple of type
        What its value may be.
    means : str
        What it says.
    is_needed : bool
        Whether every such table has it.
    """

    type: Types
    means: str
    is_needed: bool = False


Keys = dict[str, Key]

SURVEY: Keys = {
    "name": Key(str, "name of the survey, of its raw table and of the file", True),
    "title": Key(str, "what the catalogue is called", True),
    "default_files": Key(
        list, "names of its file that ingest looks for, best first", True
    ),
    "id_columns": Key(list, "columns that name a row", True),
    "release_in_name": Key(
        str, "pattern of the publisher's file name, up to the number of the release"
    ),
    "is_staged": Key(
        bool, "false: no staging view reads it, only its raw table is made"
    ),
    "position": Key(
        dict,
        "where its positions are; without it rows are placed by joining another table",
    ),
    "releases": Key(
        list, "releases that are known, each after those it looks like", True
    ),
    "sentinels": Key(list, "numbers that mean that a value is missing"),
    "columns": Key(
        dict, "columns by the name that the newest known release gives them", True
    ),
    "families": Key(
        dict,
        "columns that differ in one word, such as an element: a table for each family",
    ),
    "files": Key(list, "files as the publisher offers them"),
}
COLUMN: Keys = {
    "type": Key(
        str,
        "type in DuckDB, FLOAT[3] of a vector; a file's wider type widens it",
        True,
    ),
    "description": Key(str, "what it holds", True),
    "unit": Key(str, "as VOUnits spells it"),
    "ucd": Key(str, "its UCD1+"),
    "required": Key(bool, "true: a file without it is refused"),
    "expected": Key(bool, "false: its absence needs no warning"),
    "preferred": Key(list, "names of the file that win over the column's own"),
    "aliases": Key(list, "its names in other releases, in the order of trying"),
    "only_in": Key(list, "releases where it means this; without it, all"),
}
RELEASE: Keys = {
    "name": Key(str, "what it is called", True),
    "present": Key(list, "columns that it has, and others lack", True),
    "absent": Key(list, "columns that it lacks, and others have"),
    "may_be": Key(list, "the releases that it may be, where the columns leave several"),
}
SENTINEL: Keys = {
    "columns": Key(list, "names of columns, or patterns of them", True),
    "meaning": Key(str, "why such a value is none", True),
    "values": Key(list, "numbers that mean it"),
    "below": Key(_NUMBER, "every number below this means it"),
    "above": Key(_NUMBER, "every number above this means it"),
}
POSITION: Keys = {
    "ra": Key(str, "column of the right ascension, degrees", True),
    "dec": Key(str, "column of the declination, degrees", True),
    "epoch": Key(float, "year that the positions are of", True),
    "pmra": Key(str, "column of the proper motion in right ascension, times cos dec"),
    "pmdec": Key(str, "column of the proper motion in declination"),
}
FILE: Keys = {
    "name": Key(str, "its name", True),
    "url": Key(str, "where it is fetched from, an https address", True),
    "known": Key(str, "how the address is known: read, composed or recalled", True),
    "mirror": Key(str, "another address of the same file"),
    "size": Key(int, "bytes, exactly as published"),
    "size_about": Key(int, "bytes, good to a few percent"),
    "sha1": Key(str, "its SHA-1 as published, 40 hexadecimal digits"),
}
FAMILY: Keys = {
    "members": Key(
        dict, "each member's name, {name}, and what it is called, {label}", True
    ),
    "columns": Key(
        dict, "columns as above, with {name} and {label} to be filled in", True
    ),
}
# The tables as they stand in the file.
TABLES: dict[str, Keys] = {
    "": SURVEY,
    "[position]": POSITION,
    "[[releases]]": RELEASE,
    "[[sentinels]]": SENTINEL,
    "[columns]": COLUMN,
    "[families.NAME]": FAMILY,
    "[[files]]": FILE,
}
