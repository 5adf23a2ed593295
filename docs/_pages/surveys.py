"""The page of the files that describe surveys."""

from typing import Any

from _pages.text import code, entry, page, plain, table
from stellarwh.surveys.keys import TABLES, Key
from stellarwh.surveys.known import read_survey, survey_names

_TOML = {str: "text", bool: "true or false", list: "list", dict: "table"}
_TOML |= {int: "whole number", float: "number"}


def pages() -> dict[str, str]:
    """Return the page, by its name."""
    return {
        "surveys": page(
            "Survey files",
            "What a survey's files look like stands in a TOML file of "
            "`stellarwh/surveys/`. It is checked when it is read: a key that is not "
            "listed here is an error.",
            *(
                entry(f"survey-file{label}", title, _keys(keys))
                for label, title, keys in _tables()
            ),
            entry("known-surveys", "Surveys that are known", _known()),
        )
    }


def _tables() -> list[tuple[str, str, dict[str, Key]]]:
    found = []
    for name, keys in TABLES.items():
        label = "".join(c for c in name.lower() if c.isalpha())
        title = f"`{name}`" if name else "Top of the file"
        found.append((f"-{label}" if label else "", title, keys))
    return found


def _keys(keys: dict[str, Key]) -> str:
    rows = [
        (
            code(name),
            _type(key.type),
            "yes" if key.is_needed else "",
            plain(key.means),
        )
        for name, key in keys.items()
    ]
    return table(("key", "value", "needed", "means"), rows)


def _type(wanted: Any) -> str:
    return _TOML[wanted[-1] if isinstance(wanted, tuple) else wanted]


def _known() -> str:
    rows = []
    for name in survey_names():
        survey = read_survey(name)
        releases = ", ".join(release.name for release in survey.releases)
        rows.append(
            (
                code(name),
                plain(survey.title),
                plain(releases),
                str(len(survey.columns)),
                "yes" if survey.is_staged else "",
            )
        )
    return table(("name", "catalogue", "releases", "columns", "staged"), rows)
