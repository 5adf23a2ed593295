"""The pages at the root of the repository: what they name is there."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import stellarwh

# What the schema of CFF 1.2.0 asks for, and what else it knows at the top.
_REQUIRED = {"cff-version", "message", "title", "authors"}
_KNOWN = _REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords",
    "license", "license-url", "preferred-citation", "references", "repository",
    "repository-artifact", "repository-code", "type", "url", "version",
}  # fmt: skip


def test_the_citation_file_is_as_its_schema_asks(repository):
    cff = yaml.safe_load((repository / "CITATION.cff").read_text("utf-8"))
    assert _REQUIRED <= cff.keys() <= _KNOWN
    assert cff["cff-version"] == "1.2.0"
    assert cff["type"] in ("software", "dataset")
    # An entity has a name; a person has names, or an alias.
    for author in cff["authors"]:
        assert "name" in author or {"family-names", "given-names"} & author.keys()
    assert all(isinstance(word, str) for word in cff["keywords"])
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert cff["version"] == stellarwh.__version__
    assert cff["license"] == project["license"]
    assert {a["name"] for a in cff["authors"]} == {
        a["name"] for a in project["authors"]
    }


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_what_a_page_links_to_is_there(repository, page):
    text = (repository / page).read_text("utf-8")
    found = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(found) > 10
    for name in found:
        assert (repository / name).exists(), name
    # Paths in code that no link holds: of files that there are.
    for name in re.findall(r"`((?:tests|sql|stellarwh|docs)/[\w./]+)`", text):
        named = re.sub(r"NAME(?=[./])", "galah", name.replace("NN_name", "05_cone"))
        assert (repository / named).exists(), name


def test_every_promise_of_security_is_held_by_tests_that_run(repository):
    text = (repository / "SECURITY.md").read_text("utf-8")
    table = text[text.index("## The tests that hold it") :]
    files = {Path(name) for name in re.findall(r"\]\((tests/[\w/]+\.py)\)", table)}
    assert len(files) > 10
    for file in files:
        held = (repository / file).read_text("utf-8")
        assert re.search(r"^def test_", held, re.MULTILINE), file
        assert not re.search(r"^pytestmark = pytest\.mark\.slow", held, re.MULTILINE)


def test_make_knows_what_contributors_are_told_to_make(repository):
    makefile = (repository / "Makefile").read_text("utf-8")
    for page in ("CONTRIBUTING.md", "docs/contributors/release.md"):
        text = (repository / page).read_text("utf-8")
        told = set(re.findall(r"(?:^|`)make ([a-z][\w-]*)", text, re.MULTILINE))
        assert told, page
        for target in told:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
