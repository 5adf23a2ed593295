"""The wings of the package: imports point one way, and the page that says so holds."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# What stands in the hall, below every wing.
DOOR = ("api", "__init__")
HALL = {"__init__", "__main__", "content", "errors", "glossary", "quoting", "units"}


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs/contributors/architecture.md").read_text("utf-8")


@pytest.fixture(scope="module")
def wings(page):
    """Return the wings as the page lists them: lower ones may import higher ones."""
    return re.findall(r"^### `(\w+)/`", page, re.MULTILINE)


def imported(module: Path) -> Iterator[tuple[str, ...]]:
    """Yield every module of ours that a module imports, as its parts.

    However it is written: by its name, by dots, or as a text at run time. A name that
    the package gives from its door is one of the door.
    """
    package = next(p for p in module.parents if p.name == "stellarwh")
    here = module.relative_to(package).parts
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first, *rest = alias.name.split(".")
                if first == "stellarwh":
                    yield tuple(rest) or DOOR
        elif isinstance(node, ast.ImportFrom):
            parts = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = here[: len(here) - node.level]
            elif parts[:1] == ("stellarwh",):
                base, parts = (), parts[1:]
            else:
                continue
            yield from _names(package, base + parts, [a.name for a in node.names])
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            text = getattr(node.args[0], "value", None)
            if (
                name in ("import_module", "__import__")
                and isinstance(text, str)
                and text.partition(".")[0] == "stellarwh"
            ):
                yield tuple(text.split(".")[1:]) or DOOR


def _names(
    package: Path, base: tuple[str, ...], names: list[str]
) -> Iterator[tuple[str, ...]]:
    """Yield what an import of names from a module or folder is of."""
    folder = package.joinpath(*base)
    for name in names:
        inner = folder / name
        if folder.is_dir() and (inner.is_dir() or inner.with_suffix(".py").is_file()):
            yield (*base, name)
        elif base:
            yield base
        elif not name.startswith("__"):
            yield DOOR


def modules(repository: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    package = repository / "stellarwh"
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package).with_suffix("").parts, path


def room_of(parts: tuple[str, ...]) -> str:
    """Return the part of a wing that a module belongs to: a folder, or a module."""
    wing, *inner = parts
    return inner[0] if inner else wing


def test_every_module_is_in_a_wing(repository, wings):
    package = repository / "stellarwh"
    loose = {path.stem for path in package.glob("*.py")}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert loose == HALL
    assert folders == set(wings)


def test_no_wing_turns_back(repository, wings):
    rank = {name: place for place, name in enumerate(wings)}
    wrong = [
        f"{'/'.join(parts)} imports {'.'.join(there)}"
        for parts, path in modules(repository)
        for there in imported(path)
        if there[0] in rank
        and rank.get(parts[0], -1) < rank[there[0]]
        # The hall is the package's own door: it loads wings when they are asked for.
        and parts not in {("__init__",), ("__main__",)}
    ]
    assert wrong == []


def test_no_room_turns_back_within_its_wing(repository, wings):
    for wing in wings:
        rooms: dict[str, set[str]] = {}
        for parts, path in modules(repository):
            if parts[0] != wing or parts[-1] == "__init__":
                continue
            here = room_of(parts)
            rooms.setdefault(here, set()).update(
                room_of(there)
                for there in imported(path)
                if there[0] == wing and len(there) > 1
            )
            rooms[here].discard(here)
        try:
            list(TopologicalSorter(rooms).static_order())
        except CycleError as error:
            pytest.fail(f"{wing}: {' imports '.join(reversed(error.args[1]))}")


def test_no_module_turns_back_within_its_room(repository):
    paths = dict(modules(repository))
    needs: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for parts, path in paths.items():
        there = {t if t in paths else (*t, "__init__") for t in imported(path)}
        needs[parts] = {t for t in there if t != parts and t[0] == parts[0]}
    try:
        list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join("/".join(m) for m in reversed(error.args[1])))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import stellarwh", [DOOR]),
        ("import stellarwh.match.files as f", [("match", "files")]),
        ("from stellarwh import open, __version__", [DOOR]),
        ("from stellarwh import warehouse", [("warehouse",)]),
        ("from stellarwh.warehouse import database", [("warehouse", "database")]),
        ("from stellarwh.errors import FILE", [("errors",)]),
        ("from ..warehouse import database", [("warehouse", "database")]),
        ("from ..warehouse.database import publish", [("warehouse", "database")]),
        ("from . import limits", [("runtime", "limits")]),
        ("importlib.import_module('stellarwh.api.chain')", [("api", "chain")]),
        ("import numpy as np\nfrom pathlib import Path", []),
    ],
)
def test_an_import_is_seen_however_it_is_written(tmp_path, line, found):
    package = tmp_path / "stellarwh"
    for name in (
        "errors", "match/files", "warehouse/database", "runtime/limits", "runtime/new"
    ):  # fmt: skip
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line if name == "runtime/new" else "", encoding="utf-8")
    assert list(imported(package / "runtime" / "new.py")) == found


def test_the_picture_is_of_the_imports(repository, page, wings):
    needs: dict[str, set[str]] = {wing: set() for wing in wings}
    for parts, path in modules(repository):
        if parts[0] in needs:
            needs[parts[0]].update(
                there[0]
                for there in imported(path)
                if there[0] in needs and there[0] != parts[0]
            )

    def reached(wing: str) -> set[str]:
        return needs[wing].union(*map(reached, needs[wing]))

    # What is reached through another wing needs no arrow of its own.
    drawn = [
        f"    {wing} --> {other}"
        for wing in reversed(wings)
        for other in reversed(wings)
        if other in needs[wing]
        and not any(other in reached(between) for between in needs[wing])
    ]
    picture = "\n".join(["```mermaid", "flowchart TD", *drawn, "```"])
    assert picture in page, f"the picture of that page is now:\n{picture}"


def test_only_the_command_line_writes_to_the_terminal(repository):
    # An export may be asked to write its file to standard output.
    allowed = {"whole_file.py", "export.py"}
    found = [
        "/".join(parts)
        for parts, path in modules(repository)
        if parts[0] != "cli"
        and path.name not in allowed
        and re.search(r"sys\.std(out|err)", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_charts_ask_for_nothing(repository):
    """A chart takes the rows of a figure; nothing that it imports asks for any."""
    package = repository / "stellarwh"
    paths = {parts: path for parts, path in modules(repository)}
    charts = [parts for parts in paths if parts[:2] == ("report", "charts")]
    assert len(charts) > 8
    reached, ahead = set(charts), list(charts)
    while ahead:
        for there in imported(paths[ahead.pop()]):
            module = there if there in paths else there[:-1]
            if module in paths and module not in reached:
                reached.add(module)
                ahead.append(module)
    wings = {parts[0] for parts in reached if (package / parts[0]).is_dir()}
    assert wings <= {"report", "runtime"}, wings
    for parts in reached:
        text = paths[parts].read_text(encoding="utf-8")
        assert "import duckdb" not in text, parts
        assert not re.search(r"\.(execute|sql)\(", text), parts
    assert ("report", "reader") not in reached
    assert ("report", "figures", "statement") not in reached


def told_only(function: ast.FunctionDef, told: set[str]) -> bool:
    """Return whether a function has a path that enters messages and nothing else."""
    paths = {
        argument.arg
        for argument in function.args.args
        if argument.annotation is not None
        and ast.unparse(argument.annotation) == "Path"
    }
    passed = [
        argument.id
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in told
        for argument in call.args
        if isinstance(argument, ast.Name)
    ]
    in_texts = [
        name.id
        for text in ast.walk(function)
        if isinstance(text, ast.JoinedStr)
        for name in ast.walk(text)
        if isinstance(name, ast.Name)
    ]
    uses = [
        name.id
        for name in ast.walk(function)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    ]
    return any(
        uses.count(path) == in_texts.count(path) + passed.count(path) > 0
        for path in paths
    )


def test_no_function_is_told_a_path_for_its_messages_alone(repository):
    """Who opens a file names it: `stellarwh.errors.naming`."""
    functions = [
        node
        for parts, path in modules(repository)
        if parts[0] in ("catalogues", "ingest")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 300
    # It turns errors of the system into ours: that is naming, too.
    told: set[str] = set()
    while True:
        found = {f.name for f in functions if told_only(f, told)} - {"read_errors"}
        if found <= told:
            break
        told |= found
    assert told == set()
