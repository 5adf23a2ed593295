"""What is known of citations: read from the TOML files beside this module."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from stellarwh import __version__

_FOLDER = Path(__file__).resolve().parent
# Fields of a reference that are none of its entry in BibTeX.
_OURS = ("label", "entry", "bibcode", "recalled")


@dataclass(frozen=True)
class Reference:
    """A paper or program, as BibTeX has it.

    Parameters
    ----------
    key, label : str
        What it is cited by in LaTeX, and what a reader calls it.
    bibtex : str
        Its entry.
    recalled : tuple of str
        Fields that were written from memory.
    """

    key: str
    label: str
    bibtex: str
    recalled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acknowledgement:
    """Words that somebody asks for."""

    text: str
    known: str  # read, relayed or recalled
    source: str  # the page that has them


@dataclass(frozen=True)
class Ask:
    """What is asked for by one survey, catalogue or program.

    Parameters
    ----------
    title : str
        Whose it is.
    references : tuple of Reference
        What to cite.
    acknowledgement : Acknowledgement, optional
        Words for the acknowledgements of a paper.
    instructions : str, optional
        The page that says all of it.
    also : tuple of (str, tuple of Reference)
        What to cite besides, for some of the rows.
    """

    title: str
    references: tuple[Reference, ...]
    acknowledgement: Acknowledgement | None = None
    instructions: str | None = None
    also: tuple[tuple[str, tuple[Reference, ...]], ...] = ()


def ask_of_survey(survey: str, release: str | None) -> Ask:
    """Return what a release of a known survey asks for.

    Parameters
    ----------
    survey : str
        Its name.
    release : str, optional
        As an ingest recorded it; None where it was not recognised.
    """
    known = _read("surveys")[survey]
    entry = next(
        entry
        for entry in known["releases"]
        if any(fnmatchcase(release or "", pattern) for pattern in entry["names"])
    )
    title = f"{known['title']}: {release or 'a release that was not recognised'}"
    return _ask({**entry, "instructions": known["instructions"], "title": title})


def asks_of_columns(survey: str) -> list[tuple[Ask, tuple[str, ...]]]:
    """Return what columns of a survey are from, with the patterns of their names."""
    return [
        (_ask(entry), tuple(entry["columns"][survey]))
        for entry in _read("columns")["catalogues"]
        if survey in entry["columns"]
    ]


def asks_of_software() -> list[tuple[Ask, str]]:
    """Return what the software asks for, each with the name of its package."""
    return [(_ask(entry), entry["package"]) for entry in _read("software")["software"]]


def known_references() -> dict[str, Reference]:
    """Return every reference by its key."""
    return {key: _reference(key, fields) for key, fields in _read("references").items()}


def _ask(entry: dict[str, Any]) -> Ask:
    name = entry.get("text")
    return Ask(
        title=entry["title"],
        references=_references(entry["references"]),
        acknowledgement=Acknowledgement(**_read("texts")[name]) if name else None,
        instructions=entry.get("instructions"),
        also=tuple(
            (some["of"], _references(some["references"]))
            for some in entry.get("also", ())
        ),
    )


def _references(keys: list[str]) -> tuple[Reference, ...]:
    known = known_references()
    return tuple(known[key] for key in keys)


def _reference(key: str, fields: dict[str, Any]) -> Reference:
    told = {name: str(v) for name, v in fields.items() if name not in _OURS}
    if "eprint" in fields:
        told["archivePrefix"] = "arXiv"
    if "bibcode" in fields:
        # A bibcode may hold an ampersand, which an address does not.
        code = fields["bibcode"].replace("&", "%26")
        told["adsurl"] = f"https://ui.adsabs.harvard.edu/abs/{code}"
    if key == "stellarwh":
        told["version"] = __version__
    lines = [f"    {name} = {{{value}}}" for name, value in told.items()]
    entry = f"@{fields['entry']}{{{key},\n" + ",\n".join(lines) + "\n}"
    return Reference(key, fields["label"], entry, tuple(fields.get("recalled", ())))


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
