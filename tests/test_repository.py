"""The repository itself: what ships, what imports what, what is said twice."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from stellarwh import __version__

# Lower rows may import higher ones, never the other way round.
LAYERS = [
    {"errors", "content", "quoting", "plaintext", "queryformat", "units", "epochs"},
    {"limits", "litter"},
    {"progress", "barlines", "interrupts"},
    {"bars", "folders"},
    {"stages"},
    {"fingerprint"},
    {"console", "columnchoice", "outputcolumn", "fitscards", "csvlines"},
    {"jsonvalues", "textgrid", "usualnames", "keyexpressions", "keyscope"},
    {"sqlfiles", "fitswriter", "votablewriter", "ecsvwriter", "ingested_positions"},
    {"objects", "messages", "offline", "kept", "memory", "processes", "filecopy"},
    {"retired"},
    {"filename", "bounded", "room", "in_place"},
    {"writing_folder", "waiting", "spilled"},
    {"foreign", "warehouse_file", "statement"},
    {"working_copy", "row_groups"},
    {"database", "namedfiles", "queryresult"},
    {"lineage", "plain_columns", "parquetwriter", "assertions", "keys"},
    {"keyrules", "keyproofs"},
    {"survey_description", "wholefile"},
    {"tables", "survey", "readers", "exportsource"},
    {"freshness", "seals", "columnfacts"},
    {"stale_pairs", "exportformats"},
    {"build", "query", "status", "statusfacts", "export", "ingest", "download"},
    {"check", "shapes", "match", "simulate", "learning", "report"},
    {"cli"},
]
MODULE_LINES = 300
VIEW_LINES = 100


def tracked(repository: Path, *patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [repository / name for name in listed.stdout.split("\0") if name]


def test_the_wheel_carries_sql_and_data_files(repository, tmp_path):
    subprocess.run(
        [
            *(sys.executable, "-m", "build", "--wheel", "--no-isolation"),
            *("--outdir", str(tmp_path), str(repository)),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    for path in tracked(repository, "sql"):
        assert f"stellarwh/_{path.relative_to(repository)}" in shipped
    for path in tracked(repository, "stellarwh"):
        assert str(path.relative_to(repository)) in shipped
    assert not {name for name in shipped if name.startswith(("tests", "data"))}


def test_imports_point_one_way(repository):
    rank = {name: index for index, layer in enumerate(LAYERS) for name in layer}
    wrong = []
    for path in tracked(repository, "stellarwh/*.py"):
        parts = path.relative_to(repository / "stellarwh").parts
        here = parts[0].removesuffix(".py")
        if here in ("__init__", "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = node.module.split(".")
                if names[0] != "stellarwh" or len(names) < 2:
                    continue
                there = names[1]
                if there != here and rank[there] > rank[here]:
                    wrong.append(f"{path.name} imports {node.module}")
    assert wrong == []


def test_modules_and_views_stay_short(repository):
    limits = {"stellarwh/*.py": MODULE_LINES, "sql/macros/*.sql": 2 * VIEW_LINES}
    for folder in ("staging", "matching", "marts", "features"):
        limits[f"sql/{folder}/*.sql"] = VIEW_LINES
    long = [
        f"{path.relative_to(repository)}: {lines}"
        for pattern, limit in limits.items()
        for path in tracked(repository, pattern)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
    ]
    assert long == []


def test_the_changelog_knows_the_version(repository):
    changelog = (repository / "CHANGELOG.md").read_text()
    assert f"## {__version__}" in changelog or "## Unreleased" in changelog


def test_constraints_are_names_and_versions_only(repository):
    lines = (repository / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert pinned
    assert [p for p in pinned if not re.fullmatch(r"[\w.-]+==[\w.+!]+", p)] == []


def test_every_dependency_has_its_decision(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    decisions = (repository / "docs/decisions.md").read_text()
    names = {re.split(r"[><=;\[ ]", d)[0] for d in project["dependencies"]}
    assert {name for name in names if f"`{name}`" not in decisions} == set()


def test_the_readme_names_every_command(repository):
    from stellarwh.cli import app  # noqa: PLC0415 - loads the whole tool

    readme = (repository / "README.md").read_text()
    names = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
    }
    assert {name for name in names if f"stellarwh {name}" not in readme} == set()


def test_the_generated_page_of_sql_is_up_to_date(repository):
    from stellarwh.warehouse.lineage import render_sql_readme  # noqa: PLC0415

    assert (repository / "sql/README.md").read_text() == render_sql_readme(), (
        "run 'make docs'"
    )
