"""Markdown of generated pages."""

import re
from collections.abc import Collection, Iterable, Sequence

_SIGNS = re.compile(r"([\\`*_<>\[\]|#{}])")
_OBJECT = re.compile(
    r"\b((?:raw|main|staging|matching|scale|features|ml|meta)\.\w+)\b(?!\()"
)


def plain(text: str) -> str:
    """Return a text whose signs mean nothing to Markdown."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def prose(text: str, objects: Collection[str] = ()) -> str:
    """Return a text in which names of tables and views lead to them."""
    parts = _OBJECT.split(text)
    # What was found stands at every second place.
    parts[::2] = [_SIGNS.sub(r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [
        f"[`{name}`](#{name})" if name in objects else f"`{name}`"
        for name in parts[1::2]
    ]
    return " ".join("".join(parts).split())


def header(sql: str, objects: Collection[str] = ()) -> str:
    """Return the header comment of a file: paragraphs, and examples as SQL."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").removeprefix(" ").rstrip())
    blocks: list[str] = []
    for is_example, group in _runs(lines):
        if is_example:
            code = "\n".join(line.strip() for line in group)
            blocks.append(f"```sql\n{code}\n```")
        else:
            blocks.append(prose(" ".join(group), objects))
    return "\n\n".join(blocks)


def _runs(lines: Iterable[str]) -> Iterable[tuple[bool, list[str]]]:
    """Yield lines in runs of examples, which are indented, and of others."""
    run: list[str] = []
    was = False
    for line in lines:
        is_example = line.startswith("    ")
        if run and is_example != was:
            yield was, run
            run = []
        was = is_example
        run.append(line)
    if run:
        yield was, run


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell or " " for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    """Return a word of code for a cell of a table."""
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def folded(title: str, text: str) -> str:
    """Return what shows when it is asked for."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def page(title: str, *parts: str) -> str:
    """Return a page."""
    return "\n\n".join([f"# {title}", *parts]) + "\n"


def entry(label: str, title: str, *parts: str) -> str:
    """Return an entry that other pages lead to by its label."""
    return "\n\n".join([f"({label})=\n\n## {title}", *(p for p in parts if p)])
