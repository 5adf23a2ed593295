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
    decisions = (repository / "docs/contributors/decisions.md").read_text()
    names = {re.split(r"[><=;\[ ]", d)[0] for d in project["dependencies"]}
    assert {name for name in names if f"`{name}`" not in decisions} == set()


def test_decisions_are_numbered_in_their_order(repository):
    text = (repository / "docs/contributors/decisions.md").read_text()
    numbers = [int(n) for n in re.findall(r"^## (\d+)\.", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


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
        "run 'make pages'"
    )


def heading_anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives headings."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.strip().replace(" ", "-") for title in kept}


def test_links_between_pages_lead_somewhere(repository):
    """As they are read on GitHub; the site looks after its own."""
    n = 0
    for path in tracked(repository, "*.md"):
        page = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", page):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = path.parent / name if name else path
            where = f"{path.relative_to(repository)}: {link}"
            assert target.exists(), where
            if anchor and target.suffix == ".md":
                assert anchor in heading_anchors(target.read_text("utf-8")), where
            n += 1
    assert n > 20


_HIDDEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
# Where a list of columns begins: of a SELECT, or of a table that is made.
_LIST = re.compile(
    r"\bselect\b(?: distinct\b)?|"
    r"\bcreate (?:or replace )?table (?:if not exists )?[\w.]+ \(",
)
_END = re.compile(r"(?<!distinct )\b(from|union|where|order|qualify)\b", re.I)


def crowded(sql: str) -> list[str]:
    """Return the lines on which a list of columns has more than one of them."""
    # Comments and texts keep their length and their lines, not their commas.
    code = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", "_", found[0]), sql)
    lines = set()
    for found in _LIST.finditer(code):
        depth, commas = 0, []
        for at in range(found.end(), len(code)):
            depth += (code[at] in "([{") - (code[at] in ")]}")
            if depth < 0 or code[at] == ";" or (not depth and _END.match(code, at)):
                break
            if code[at] == "," and not depth:
                commas.append(at)
        # With more than one, the first stands on a line of its own, too.
        for start in ([found.end(), *(c + 1 for c in commas)]) if commas else []:
            if sql[start : sql.index("\n", start)].partition("--")[0].strip():
                lines.add(sql.count("\n", 0, start))
    return [sql.splitlines()[number] for number in sorted(lines)]


def test_the_search_for_crowded_lists_finds_them():
    """sqlfluff cannot parse every file; these are what its rule LT09 means."""
    one = "select\n    a, -- b, c\n    coalesce(b, ',') as b,\n    d\nfrom x, y;\n"
    assert crowded(one) == []
    assert crowded("select a\nfrom x;\nselect count(a, b) from y;\n") == []
    assert crowded("select\n    a, b,\n    c\nfrom x;\n") == ["    a, b,"]
    assert crowded("from (select a, b from x\n);\n") == ["from (select a, b from x"]
    assert crowded("create table x ( -- y\n    a int, b int\n);\n") == [
        "    a int, b int"
    ]
    assert crowded("select\n    a is distinct from b, c\nfrom x;\n") == [
        "    a is distinct from b, c"
    ]


def test_sql_has_one_column_a_line_and_at_most_100_characters(repository):
    files = tracked(repository, "sql/*.sql")
    assert len(files) > 100
    for path in files:
        sql = path.read_text(encoding="utf-8")
        where = path.relative_to(repository)
        assert [line for line in sql.splitlines() if len(line) > 100] == [], where
        assert crowded(sql) == [], where


def test_no_sql_file_is_let_off_the_rules_of_layout(repository):
    for path in tracked(repository, "sql/*.sql"):
        for excused in re.findall("noqa:([^\n]*)", path.read_text(encoding="utf-8")):
            assert "LT" not in excused, path.relative_to(repository)
