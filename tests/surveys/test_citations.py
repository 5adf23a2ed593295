"""What is known of citations is whole: every release asks, every entry is BibTeX."""

import re
import tomllib
from pathlib import Path

import pytest

from stellarwh.surveys import citations
from stellarwh.surveys.citations.known import (
    ask_of_survey,
    asks_of_columns,
    asks_of_software,
    known_references,
)
from stellarwh.surveys.known import read_survey, survey_names

# A DOI as Crossref recommends to look for one; arXiv's new numbers; ADS's 19 signs.
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
_ARXIV = re.compile(r"\d{4}\.\d{4,5}")
_BIBCODE = re.compile(r"\d{4}[A-Za-z&.]{5}[\d.]{4}[A-Z.\dc][\d.]{4}[A-Z]")


def entries(text: str) -> dict[str, dict[str, str]]:
    """Read BibTeX: fields of each entry by its key, braces counted."""
    found: dict[str, dict[str, str]] = {}
    for start in re.finditer(r"^@(\w+)\{(\w+),$", text, re.MULTILINE):
        depth, at, fields = 1, start.end(), {}
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        body = text[start.end() : at - 1]
        for line in body.strip().splitlines():
            name, value = re.fullmatch(r" *(\w+) = \{(.*)\},?", line).groups()
            assert value.count("{") == value.count("}"), line
            fields[name] = value
        assert start[2] not in found
        found[start[2]] = {"entry": start[1], **fields}
    assert len(found) == text.count("@")
    return found


@pytest.mark.parametrize("survey", survey_names())
def test_every_release_of_a_survey_asks_for_something(survey):
    for release in read_survey(survey).releases:
        for name in (release.name, *release.candidates):
            ask = ask_of_survey(survey, name)
            assert ask.acknowledgement is not None, name
            assert ask.references
            assert ask.instructions.startswith("http")
            assert name in ask.title
    assert ask_of_survey(survey, None).references


def test_a_release_is_cited_by_its_own_paper():
    """The papers are those that the surveys' pages name for each release."""
    papers = {
        release: ask_of_survey(*release).references[0].label
        for release in [
            ("apogee", "DR17 Lite"),
            ("apogee", "DR16 full"),
            ("apogee", "DR12"),
            ("galah", "DR3 v2 allspec"),
            ("galah_dr4", "DR4 allstar"),
        ]
    }
    assert list(papers.values()) == [
        "Abdurro'uf et al. 2022",
        "Ahumada et al. 2020",
        "Alam et al. 2015",
        "Buder et al. 2021",
        "Buder et al. 2025",
    ]
    assert "SDSS-III" in ask_of_survey("apogee", "DR12").acknowledgement.text
    # Nothing is guessed of a release that is not known.
    assert ask_of_survey("apogee", None).acknowledgement is None


def test_every_reference_is_bibtex_with_an_identifier_that_can_be_one():
    references = known_references()
    read = entries("\n\n".join(r.bibtex for r in references.values()))
    assert read.keys() == references.keys()
    for key, fields in read.items():
        assert {"author", "title"} <= fields.keys(), key
        assert key == "stellarwh" or {"year"} < fields.keys(), key
        if "doi" in fields:
            assert _DOI.fullmatch(fields["doi"]), key
        if "eprint" in fields:
            assert _ARXIV.fullmatch(fields["eprint"]), key
        if "adsurl" in fields:
            code = fields["adsurl"].rpartition("/")[2]
            assert len(code) == 19, key
            assert _BIBCODE.fullmatch(code), key
            assert code.startswith(fields["year"]), key
            assert code.strip(".")[-1] == re.sub(r"[^A-Z]", "", fields["author"])[0]
    assert read["Buder2021"]["doi"] == "10.1093/mnras/stab1242"
    assert read["Abdurrouf2022"]["doi"] == "10.3847/1538-4365/ac4414"


def test_nothing_is_known_that_nobody_asks_for():
    folder = Path(citations.__file__).parent
    texts = tomllib.loads((folder / "texts.toml").read_text("utf-8"))
    asks = [ask for ask, _ in asks_of_software()]
    for survey in survey_names():
        asks += [ask for ask, _ in asks_of_columns(survey)]
        names = [name for r in read_survey(survey).releases for name in r.candidates]
        asks += [ask_of_survey(survey, name) for name in (*names, None)]
    used = {r.key for ask in asks for r in ask.references}
    used |= {r.key for ask in asks for _, more in ask.also for r in more}
    assert used == known_references().keys()
    said = {ask.acknowledgement.text for ask in asks if ask.acknowledgement}
    assert said == {text["text"] for text in texts.values()}
    assert {text["known"] for text in texts.values()} <= {"read", "relayed", "recalled"}
