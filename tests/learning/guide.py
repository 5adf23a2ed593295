"""What docs/howto/own_task.md says of the settings of estimators."""

import re
from pathlib import Path

KINDS = ("number", "class")
Row = dict[str, str]


def told_settings(repository: Path) -> dict[tuple[str, str], Row]:
    """Return the lines of its table, by estimator and setting."""
    text = (repository / "docs/howto/own_task.md").read_text(encoding="utf-8")
    line = r"^\| `([a-z-]+)` \| `(\w+)` \| (.*) \| (.*) \| (.*) \|$"
    return {
        (estimator, setting): dict(zip((*KINDS, "tried"), rest, strict=True))
        for estimator, setting, *rest in re.findall(line, text, re.MULTILINE)
    }


def values(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(", ")
