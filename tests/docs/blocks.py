"""Code blocks of Markdown pages, and what is to be done with each."""

import re
from dataclasses import dataclass
from pathlib import Path

# What runs as it stands; text, toml and other blocks are there to be read.
RUN = ("bash", "python", "sql")
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)$")
_MARK = re.compile(r"^<!-- (?P<mark>not run|run by|printed)(?:: (?P<said>.+?))? -->$")
_SHELL = re.compile(r"^\s*\$?\s*(stellarwh|make|duckdb|python3?|pip|git|source) ")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes
    ----------
    page : str
        Path of the page in the repository.
    line : int
        Of its fence.
    language : str
        What stands behind the fence.
    text : str
        What stands in it.
    mark : str
        ``not run`` or ``run by`` where a comment before it says so, or ``printed``:
        lines that the block before it prints, ``…`` for what may differ.
    said : str
        Why it is not run, or by which test.
    """

    page: str
    line: int
    language: str
    text: str
    mark: str = ""
    said: str = ""

    @property
    def is_run(self) -> bool:
        """Whether it runs where pages run."""
        return self.language in RUN and not self.mark

    @property
    def looks_like_shell(self) -> bool:
        """Whether one would paste a line of it into a shell."""
        return any(map(_SHELL.match, self.text.splitlines()))

    def __str__(self) -> str:
        """Return where it stands."""
        return f"{self.page}:{self.line}"


def pages(repository: Path) -> list[Path]:
    """Return the README and every page of the documentation that is no notebook."""
    found = [
        path
        for path in sorted((repository / "docs").rglob("*.md"))
        if not {"_build", "notebooks"} & set(path.relative_to(repository).parts)
        and "generated" not in path.parts
    ]
    return [repository / "README.md", *found]


def blocks(repository: Path, page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    name = str(page.relative_to(repository))
    found: list[Block] = []
    before, opened = "", None
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        if opened is None:
            if fence := _FENCE.match(line):
                opened, at, lines = fence, number, []
            elif line.strip():
                before = line.strip()
        elif line == opened["fence"]:
            mark = _MARK.match(before)
            given = (mark["mark"], mark["said"] or "") if mark else ("", "")
            text = "\n".join(lines) + "\n"
            found.append(Block(name, at, opened["info"].strip(), text, *given))
            before, opened = "", None
        else:
            lines.append(line)
    assert opened is None, f"{name}: a fence is not closed"
    return found
