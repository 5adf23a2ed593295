"""Files that SQL names, for where a person lets SQL read and write files.

Only what stands in quotes in the SQL itself is opened, so that a view of somebody
else's warehouse still reaches nothing; and the warehouse's own file never is.
"""

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

from stellarwh.errors import UsageError
from stellarwh.warehouse.query.statement import Statement, words_in_quotes

_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Reach:
    """What a connection may open beside the warehouse.

    Parameters
    ----------
    files : tuple of str
        Paths, as DuckDB compares them.
    folders : tuple of str
        Folders with all that is in them.
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def named_files(statement: Statement, warehouse: Path) -> Reach:
    """Return what a statement names: files, patterns, and folders to write.

    Parameters
    ----------
    statement : Statement
        What is going to run.
    warehouse : Path
        The file that it runs in.

    Raises
    ------
    UsageError
        If it writes and names the warehouse's own file, or a folder that holds it.
    """
    files: list[str] = []
    folders: list[str] = []
    own = (warehouse, warehouse.with_name(warehouse.name + ".wal"))
    if statement.target is not None:
        # Checked first, and apart from what it reads: DuckDB itself may always write
        # to the file of the database.
        target = _absolute(_path(statement.target) or statement.target)
        if any(_is_same(target, file) for file in own):
            raise UsageError(
                f"{statement.target} is the warehouse's own file, which no query "
                "writes to."
            )
        if Path(os.path.realpath(warehouse)).is_relative_to(os.path.realpath(target)):
            raise UsageError(
                f"{statement.target} holds the warehouse itself; write to another "
                "folder."
            )
        aside = target.with_name(f"tmp_{target.name}")
        # What DuckDB writes before it takes the place of a file.
        if not aside.exists():
            files.append(str(aside))
        if not target.is_file():
            folders.append(str(target))
    for name in filter(None, map(_path, words_in_quotes(statement.sql))):
        files += [name, str(_absolute(name))]
        if _PATTERN.search(name):
            found = glob.glob(name, recursive=True)  # noqa: PTH207 - text, as DuckDB's
            files += [str(_absolute(file)) for file in found]
    return Reach(tuple(dict.fromkeys(files)), tuple(folders))


def _path(word: str) -> str | None:
    """Return what may be the path of a file, as DuckDB reads it; else None."""
    word = word.removeprefix("file://")
    if not word or "://" in word or any(c in word for c in "\0\n"):
        return None
    return os.path.expanduser(word) if word.startswith("~") else word  # noqa: PTH111 - text


def _absolute(name: str) -> Path:
    return Path(os.path.abspath(name))  # noqa: PTH100 - .. goes, links stay


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(path) == os.path.realpath(other)
