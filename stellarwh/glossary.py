"""The glossary of all columns: ``sql/columns.csv``."""

import csv
from collections.abc import Mapping
from functools import cache

from stellarwh.content import content_dir


@cache
def _units() -> Mapping[str, str]:
    path = content_dir("sql") / "columns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["unit"] or "" for row in csv.DictReader(file)}


def glossary_unit(name: str) -> str:
    """Return the unit of a column as the glossary has it; empty where it has none."""
    return _units().get(name, "")
