"""The files under ``sql/``: their names, header contracts and dependency order."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from stellarwh.errors import SqlError

# Folders whose objects live in a schema of another name, in the order they are read.
SCHEMA_OF_FOLDER = {
    "macros": "main",
    "staging": "staging",
    "matching": "matching",
    "scales": "scale",
    "marts": "main",
    "features": "features",
}
_SKIPPED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_OBJECT = re.compile(
    r"create\s+(?:or\s+replace\s+)?(view|table|macro)\s+(?:if\s+not\s+exists\s+)?"
    r"([\w.]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SqlFile:
    """One SQL file: the object it makes and what its header promises."""

    path: Path
    schema: str
    name: str
    kind: str  # 'view', 'table' or 'macro'
    sql: str
    description: str
    key: tuple[str, ...]
    defines: frozenset[str]  # qualified names; more than one in a family of macros
    is_incremental: bool  # a table that may keep rows of the last build
    survey: str | None  # whose rows a table is of that stays while they are the same

    @property
    def qualified_name(self) -> str:
        """Name with its schema, as other files must write it."""
        return f"{self.schema}.{self.name}"


def read_header(sql: str) -> tuple[str, dict[str, str]]:
    """Return the description and the ``-- key: value`` lines of a file's header."""
    description: list[str] = []
    same: list[str] = []
    fields: dict[str, str] = {}
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").strip()
        field = re.fullmatch(r"(key|stored|severity|of|topic):\s*(.+)", text)
        if field:
            fields[field[1]] = field[2].strip()
        elif text.startswith("same:"):
            # Learning reads it from the comment of the view, where it ends with a sign.
            same.append(f"{text};")
        else:
            description.append(text)
    return " ".join(filter(None, [*description, *same])), fields


def code_of(sql: str) -> str:
    """Return the SQL without comments, text literals and quotes of names."""
    return _SKIPPED.sub(" ", sql).replace('"', "")


def read_sql_file(path: Path, schema: str) -> SqlFile:
    """Read one file and check that it makes the object its place promises.

    Raises
    ------
    SqlError
        If the file has no header, makes no object, or one of another name.
    """
    sql = path.read_text(encoding="utf-8")
    description, fields = read_header(sql)
    if not description:
        raise SqlError(
            f"{path} has no header: start it with '-- ' and what one row is."
        )
    made = _OBJECT.findall(code_of(sql))
    if not made:
        raise SqlError(f"{path} creates no view, table or macro.")
    kinds = {kind.lower() for kind, _ in made}
    kind = kinds.pop() if len(kinds) == 1 else "mixed"
    names = {name if "." in name else f"main.{name}" for _, name in made}
    expected = f"{schema}.{path.stem}"
    if kind != "macro" and names != {expected}:
        raise SqlError(
            f"{path} must create {expected} and nothing else, "
            f"but creates {', '.join(sorted(names))}."
        )
    if (kind == "table") != ("stored" in fields):
        raise SqlError(
            f"{path}: the header line '-- stored: table' (or 'incremental table', or "
            "'table of SURVEY') and 'create table' belong together; one of them is "
            "missing."
        )
    key = tuple(part.strip() for part in fields.get("key", "").split(",") if part)
    if kind in ("view", "table") and not key:
        raise SqlError(f"{path} has no '-- key: …' line in its header.")
    return SqlFile(
        path,
        schema,
        path.stem,
        kind,
        sql,
        description,
        key,
        frozenset(names),
        fields.get("stored") == "incremental table",
        fields["stored"].removeprefix("table of ")
        if fields.get("stored", "").startswith("table of ")
        else None,
    )


def read_sql_files(root: Path) -> list[SqlFile]:
    """Read every macro and view under ``root``, in dependency order.

    Raises
    ------
    SqlError
        If a file breaks its contract or files depend on each other in a circle.
    """
    files = [
        read_sql_file(path, schema)
        for folder, schema in SCHEMA_OF_FOLDER.items()
        for path in sorted((root / folder).glob("*.sql"))
    ]
    return in_dependency_order(files)


def in_dependency_order(files: list[SqlFile]) -> list[SqlFile]:
    """Sort files so that each comes after those whose objects it names."""
    graph = dependencies(files)
    by_path = {file.path: file for file in files}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        names = " -> ".join(path.stem for path in error.args[1])
        raise SqlError(
            f"These SQL files need each other in a circle: {names}."
        ) from None
    return [by_path[path] for path in order]


def fingerprint_of(made: list[SqlFile], files: list[SqlFile]) -> str:
    """Return the SHA-256 of the SQL of some files and of all that they read.

    Parameters
    ----------
    made : list of SqlFile
        The files in question.
    files : list of SqlFile
        All files, in dependency order.
    """
    graph = dependencies(files)
    wanted = {file.path for file in made}
    for file in reversed(files):
        if file.path in wanted:
            wanted |= graph[file.path]
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.qualified_name):
        if file.path in wanted:
            digest.update(f"{file.qualified_name}\n{file.sql}\n".encode())
    return digest.hexdigest()


def dependencies(files: list[SqlFile]) -> dict[Path, set[Path]]:
    """Return for each file the files whose objects it names.

    Text counts too: ``crossmatch('main.stars', …)`` reads what it names.
    """
    return _dependencies(tuple(sorted(files, key=lambda file: file.path)))


# A build asks for them many times, of the same files in this or that order.
@lru_cache(maxsize=4)
def _dependencies(files: tuple[SqlFile, ...]) -> dict[Path, set[Path]]:
    maker = {name: file for file in files for name in file.defines}
    patterns = {}
    for name, file in maker.items():
        short = name.partition(".")[2]
        # A macro is known by its call, everything else by its qualified name.
        text = rf"(?<![\w.]){short}\s*\(" if file.kind == "macro" else rf"{name}\b"
        patterns[name] = re.compile(text, re.IGNORECASE)
    graph: dict[Path, set[Path]] = {}
    for file in files:
        code = _SKIPPED.sub(
            lambda found: found[0] if found[0].startswith("'") else " ", file.sql
        ).replace('"', "")
        lowered = code.lower()
        graph[file.path] = {
            maker[name].path
            for name, pattern in patterns.items()
            # Looking for plain text first spares most of the searches.
            if name.rpartition(".")[2] in lowered
            and maker[name] is not file
            and pattern.search(code)
        }
    return graph
