"""Survey descriptions: what a survey's TOML may say, checked when it is read."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from stellarwh.errors import SurveyError, did_you_mean
from stellarwh.surveys.keys import (
    COLUMN,
    FAMILY,
    FILE,
    POSITION,
    RELEASE,
    SENTINEL,
    SURVEY,
    Keys,
)

_TYPE = re.compile(
    r"(?:BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|VARCHAR)(?:\[[1-9]\d*\])*"
)


@dataclass(frozen=True)
class ColumnDescription:
    """One declared column, under the name the newest known release gives it."""

    name: str
    type: str  # DuckDB type; a file's wider type widens it
    unit: str = ""
    ucd: str = ""
    description: str = ""
    required: bool = False
    expected: bool = True  # False: its absence needs no warning
    preferred: tuple[str, ...] = ()  # source names that win over the column's own
    aliases: tuple[str, ...] = ()  # names in other releases, in order
    only_in: tuple[str, ...] = ()  # releases where it means this; empty is all

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names under which a file may carry the column, best first."""
        return (*self.preferred, self.name, *self.aliases)


@dataclass(frozen=True)
class Release:
    """How a release, or several that share their columns, is recognised."""

    name: str
    present: tuple[str, ...]
    absent: tuple[str, ...] = ()
    may_be: tuple[str, ...] = ()  # the releases, where the columns leave several

    @property
    def candidates(self) -> tuple[str, ...]:
        """The releases that a file with these columns may be."""
        return self.may_be or (self.name,)


@dataclass(frozen=True)
class Sentinel:
    """Numbers that mean "missing" in the columns matching the patterns."""

    columns: tuple[str, ...]
    meaning: str
    values: tuple[float, ...] = ()
    below: float | None = None
    above: float | None = None

    def covers(self, column: str) -> bool:
        """Return whether the sentinel is declared for this column."""
        return any(fnmatchcase(column, pattern) for pattern in self.columns)


@dataclass(frozen=True)
class Position:
    """Columns of the position (degrees), its epoch (year) and proper motion."""

    ra: str
    dec: str
    epoch: float
    pmra: str | None = None
    pmdec: str | None = None


@dataclass(frozen=True)
class PublishedFile:
    """A file of the release as its publisher offers it."""

    name: str
    url: str
    known: str  # how its address is known, one of `_KNOWN`
    mirror: str | None = None
    size: int | None = None  # bytes, exact as published
    size_about: int | None = None  # bytes, good to a few percent
    sha1: str | None = None


@dataclass(frozen=True)
class Survey:
    """One survey: everything about its files that is not SQL."""

    name: str
    title: str
    default_files: tuple[str, ...]
    id_columns: tuple[str, ...]
    position: Position | None  # None: its rows are placed by joining another table
    releases: tuple[Release, ...]
    sentinels: tuple[Sentinel, ...]
    columns: tuple[ColumnDescription, ...]
    files: tuple[PublishedFile, ...] = ()
    release_in_name: str | None = None  # file name up to its number, as a pattern
    is_staged: bool = (
        True  # False: no staging view reads it, only its raw table is made
    )


def read_survey_file(path: Path) -> Survey:
    """Read and check one survey description.

    Raises
    ------
    SurveyError
        If it is no TOML, or a key is unknown, missing or of the wrong type.
    """
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SurveyError(f"{path.name} cannot be read: {error}") from None
    _check(data, SURVEY, path.name)
    columns = tuple(_read_columns(data, path.name))
    survey = Survey(
        name=data["name"],
        title=data["title"],
        default_files=tuple(data["default_files"]),
        id_columns=tuple(data["id_columns"]),
        position=_make(Position, data["position"], f"{path.name} [position]")
        if "position" in data
        else None,
        releases=tuple(
            _make(Release, entry, f"{path.name} [[releases]]")
            for entry in data["releases"]
        ),
        sentinels=tuple(
            _make(Sentinel, entry, f"{path.name} [[sentinels]]")
            for entry in data.get("sentinels", [])
        ),
        columns=columns,
        files=tuple(
            _make(PublishedFile, entry, f"{path.name} [[files]]")
            for entry in data.get("files", [])
        ),
        release_in_name=data.get("release_in_name"),
        is_staged=data.get("is_staged", True),
    )
    for published in survey.files:
        _check_published(published, path.name)
    _check_names(survey, path.name)
    return survey


_KEYS: dict[type, Keys] = {
    ColumnDescription: COLUMN,
    Release: RELEASE,
    Sentinel: SENTINEL,
    Position: POSITION,
    PublishedFile: FILE,
}
# Read in public code; put together from a base and a name read there; from memory.
_KNOWN = ("read", "composed", "recalled")


def _check(table: Mapping[str, Any], keys: Keys, where: str) -> None:
    """Refuse unknown keys, missing keys and values of the wrong type."""
    for key, value in table.items():
        if key not in keys:
            raise SurveyError(
                f"{where}: the key '{key}' is unknown. {did_you_mean(key, keys)}"
            )
        wanted = keys[key].type
        is_bool_as_number = isinstance(value, bool) and wanted is not bool
        if not isinstance(value, wanted) or is_bool_as_number:
            raise SurveyError(
                f"{where}: '{key}' is a {type(value).__name__}, which it cannot be."
            )
    for key, known in keys.items():
        if key not in table and known.is_needed:
            raise SurveyError(f"{where}: the key '{key}' is missing.")


def _make(kind: type, table: Mapping[str, Any], where: str, **more: Any) -> Any:
    """Return the dataclass ``kind`` filled from a checked TOML table."""
    if not isinstance(table, dict):
        raise SurveyError(f"{where}: expected a table, found {table!r}.")
    _check(table, _KEYS[kind], where)
    frozen = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return kind(**frozen, **more)


def _read_columns(data: Mapping[str, Any], file: str) -> Iterable[ColumnDescription]:
    """Yield the declared columns, those of the families last."""
    for name, table in data["columns"].items():
        yield _make(ColumnDescription, table, f"{file} [columns] {name}", name=name)
    for family, template in data.get("families", {}).items():
        where = f"{file} [families.{family}]"
        _check(template, FAMILY, where)
        for member, label in template["members"].items():
            for pattern, table in template["columns"].items():
                filled = {
                    key: _fill(value, member, label) for key, value in table.items()
                }
                name = _fill(pattern, member, label)
                yield _make(ColumnDescription, filled, f"{where} {name}", name=name)


def _fill(value: Any, member: str, label: str) -> Any:
    """Put a family member's name and label into a template text."""
    if isinstance(value, str):
        return value.replace("{name}", member).replace("{label}", label)
    return value


def _check_published(file: PublishedFile, where: str) -> None:
    """Check that a published file has a plain name, web addresses and a SHA-1."""
    where = f"{where} [[files]] {file.name}"
    if not re.fullmatch(r"\w[\w.-]*", file.name):
        raise SurveyError(f"{where}: the name is not that of a file.")
    if file.known not in _KNOWN:
        raise SurveyError(
            f"{where}: 'known' is '{file.known}'. {did_you_mean(file.known, _KNOWN)}"
        )
    for url in (file.url, file.mirror):
        if url is not None and not re.fullmatch(r"https://[^/\s]+/\S+", url):
            raise SurveyError(f"{where}: '{url}' is no https address.")
    if file.sha1 is not None and not re.fullmatch(r"[0-9a-f]{40}", file.sha1):
        raise SurveyError(f"{where}: 'sha1' is not 40 hexadecimal digits.")


def _check_names(survey: Survey, file: str) -> None:
    """Check that the names used across the description belong together."""
    names = [column.name for column in survey.columns]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled or len({name.lower() for name in names}) < len(names):
        raise SurveyError(f"{file} declares a column twice: {sorted(doubled)}.")
    for column in survey.columns:
        if not _TYPE.fullmatch(column.type):
            raise SurveyError(f"{file}: {column.name} has no type '{column.type}'.")
        known = {name for release in survey.releases for name in release.candidates}
        if not known.issuperset(column.only_in):
            raise SurveyError(f"{file}: {column.name} is of a release not named there.")
    position = survey.position
    used: tuple[str | None, ...] = ()
    if position is not None:
        used = (position.ra, position.dec, position.pmra, position.pmdec)
    for name in (*survey.id_columns, *used):
        if name is not None and name not in names:
            raise SurveyError(
                f"{file} uses the column '{name}' but does not declare it. "
                f"{did_you_mean(name, names)}"
            )
