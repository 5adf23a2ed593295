"""Everything public has its place in the reference.

What there is is looked up here in files and in the code, as the user meets it, not
where the pages have it from.
"""

import csv
import inspect
import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import stellarwh
from tests.docs.conftest import GROUP

pytestmark = GROUP
_MADE = re.compile(
    r'^create (?:or replace )?(view|table|macro) (?:if not exists )?([\w."]+)',
    re.MULTILINE,
)


def anchor(label: str) -> str:
    """Return a label as HTML has it."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


@pytest.fixture(scope="module")
def entries(pages):
    """Return the anchors of each generated page by its name."""
    return {
        Path(name).stem: page.anchors
        for name, page in pages.items()
        if name.startswith("reference/generated/")
    }


@pytest.fixture(scope="module")
def words(pages):
    return {
        Path(name).stem: set(page.words)
        for name, page in pages.items()
        if name.startswith("reference/generated/")
    }


def test_every_command_and_option_has_its_entry(entries, words):
    from stellarwh.cli import app  # noqa: PLC0415 - loads the whole tool

    assert len(app.registered_commands) > 15
    for command in app.registered_commands:
        name = command.name or command.callback.__name__.replace("_", "-")
        assert anchor(f"command-{name}") in entries["commands"]
        for parameter in inspect.signature(command.callback).parameters.values():
            for taken in getattr(parameter.annotation, "__metadata__", ()):
                declared = getattr(taken, "param_decls", None) or ()
                for option in declared:
                    if option.startswith("--"):
                        assert option.partition("/")[0] in words["commands"], option


def test_every_object_of_sql_has_its_entry(repository, entries):
    made = [
        (kind, (name if "." in name else f"main.{name}").replace('"', ""))
        for path in (repository / "sql").glob("*/*.sql")
        if path.parent.name not in ("checks", "cookbook")
        for kind, name in _MADE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(made) > 250
    for kind, name in made:
        schema, _, bare = name.partition(".")
        if kind == "macro":
            assert anchor(f"macro-{bare}") in entries["macros"], name
        else:
            assert anchor(name) in entries[f"schema_{schema}"], name


def test_every_check_and_recipe_has_its_entry(repository, entries):
    for folder, page, kind in (
        ("checks", "checks", "check"),
        ("cookbook", "cookbook", "recipe"),
    ):
        files = list((repository / "sql" / folder).glob("*.sql"))
        assert len(files) > 20
        for path in files:
            assert anchor(f"{kind}-{path.stem}") in entries[page], path.name


def test_every_column_of_the_glossary_has_its_line(repository, words):
    with (repository / "sql/columns.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert len(names) > 300
    assert names - words["glossary"] == set()


def test_every_flag_bit_has_its_line(repository, entries, words):
    path = repository / "sql/flag_bits.csv"
    with path.open(encoding="utf-8", newline="") as file:
        bits = list(csv.DictReader(file))
    assert {bit["name"] for bit in bits} - words["flags"] == set()
    for bit in bits:
        assert anchor(f"flag-{bit['survey']}-{bit['flag']}") in entries["flags"]


def test_every_public_name_of_python_has_its_entry(entries, words):
    found = entries["python"]
    for name in stellarwh.__all__:
        assert f"stellarwh.{name}" in found
    for one in (stellarwh.Warehouse, stellarwh.Result, stellarwh.Side):
        for name in {name for name in dir(one) if not name.startswith("_")}:
            is_parameter = is_dataclass(one) and name in {f.name for f in fields(one)}
            assert f"stellarwh.{one.__name__}.{name}" in found or (
                is_parameter and name in words["python"]
            ), name
    assert {f.name for f in fields(stellarwh.Column)} - words["python"] == set()
    # What methods return.
    for name in ("TrainResult", "IngestResult", "CheckResult", "Explanation", "Match"):
        assert any(entry.endswith(f".{name}") for entry in found), name


def test_every_key_of_survey_files_has_its_line(repository, words):
    used = set()
    for path in (repository / "stellarwh/surveys").glob("*.toml"):
        survey = tomllib.loads(path.read_text(encoding="utf-8"))
        used |= set(survey) | set(survey.get("position", {}))
        for part in ("releases", "sentinels", "files"):
            used |= {key for entry in survey.get(part, []) for key in entry}
        used |= {key for column in survey["columns"].values() for key in column}
        for family in survey.get("families", {}).values():
            used |= set(family)
    assert len(used) > 25
    assert used - words["surveys"] == set()


def test_every_environment_variable_has_its_line(repository, words):
    used = {
        name
        for path in (repository / "stellarwh").rglob("*.py")
        for name in re.findall(r"\bSTELLARWH_[A-Z]+", path.read_text(encoding="utf-8"))
    }
    assert used >= {"STELLARWH_WAREHOUSE", "STELLARWH_WAIT", "STELLARWH_QUIET"}
    assert used - words["commands"] == set()


@pytest.mark.parametrize("status", ["0", "1", "2", "129", "130", "141", "143"])
def test_exit_statuses_are_told(site, status):
    """As shells have them: 128 and the number of HUP 1, INT 2, PIPE 13, TERM 15."""
    page = (site / "reference/generated/commands.html").read_text(encoding="utf-8")
    told = page[page.index('id="exit-statuses"') :]
    assert f"<p>{status}</p>" in told


def test_every_figure_has_its_entry(repository, entries):
    queries = repository / "stellarwh/report/figures"
    named = {
        name
        for path in queries.glob("*.py")
        for name in re.findall(
            r"(?:Figure|_plane|_sky)\(\s*(?:name=)?\"(\w+)\"", path.read_text("utf-8")
        )
    }
    assert len(named) > 15
    for name in named:
        assert anchor(f"figure-{name}") in entries["figures"], name
