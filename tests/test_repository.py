"""The repository itself: what ships, what imports what, what is said twice."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from stellarwh import __version__


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
