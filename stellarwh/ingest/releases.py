"""Tell the release of a file: from its columns, its name, or the user's word."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.catalogues.table import FileColumn
from stellarwh.errors import FILE, SurveyError
from stellarwh.surveys.description import ColumnDescription, Release, Survey

_SHOWN = 6


@dataclass(frozen=True)
class SettledRelease:
    """The release of a file, as far as it is known."""

    name: str  # as recorded and shown, with what told it where columns did not
    may_be: tuple[str, ...]  # all releases that it may be
    warning: str = ""

    def lacks(self, declared: ColumnDescription) -> bool:
        """Return whether a column of that name may mean another thing here."""
        return bool(declared.only_in) and not set(self.may_be) <= set(declared.only_in)


def settle_release(
    survey: Survey,
    path: Path,
    columns: Sequence[FileColumn],
    stated: str | None = None,
) -> SettledRelease:
    """Return the release of a file; where its columns leave several, say so.

    Parameters
    ----------
    survey : Survey
        The description of the survey.
    path : Path
        The file; its name counts only among the releases that the columns leave.
    columns : sequence of FileColumn
        The columns of the file.
    stated : str, optional
        The release that the user says it is.

    Raises
    ------
    SurveyError
        If no release has these columns, or that one does not.
    """
    found = recognise_release(survey, columns)
    if found is None:
        raise SurveyError(_unknown_release(survey, columns))
    may_be = found.candidates
    named = _release_in_name(survey, path)
    if stated is not None:
        return _stated(found, named, stated)
    if named is not None and named in may_be and named != found.name:
        return SettledRelease(f"{named} by the file's name", (named,))
    if named is not None and named not in may_be:
        warning = f"Its name says {named}, but its columns fit {found.name}"
        may_be = (*may_be, named)
    elif len(may_be) > 1:
        warning = f"Its columns fit {found.name} alike"
    else:
        return SettledRelease(found.name, may_be)
    warning += "; where you know which it is, say so, for example --release "
    return SettledRelease(found.name, may_be, f"{warning}{may_be[0]}.")


def recognise_release(survey: Survey, columns: Iterable[FileColumn]) -> Release | None:
    """Return the first release whose columns are there in any case, or None."""
    names = {column.name.lower() for column in columns}
    for release in survey.releases:
        absent = {name.lower() for name in release.absent}
        if not _lacking(release, names) and names.isdisjoint(absent):
            return release
    return None


def _stated(found: Release, named: str | None, stated: str) -> SettledRelease:
    """Take the user's word for the release where the columns allow it."""
    word = stated.strip().lower()
    for release in found.candidates:
        if word == release.lower() != found.name.lower():
            differs = named not in (None, release)
            warning = f"Its name says {named}, you say {release}." if differs else ""
            return SettledRelease(f"{release} as stated", (release,), warning)
    # DR17 is enough where the columns say DR17 full.
    if f"{found.name} ".lower().startswith(f"{word} ") and not found.may_be:
        return SettledRelease(found.name, found.candidates)
    raise SurveyError(
        f"{FILE} cannot be '{stated}': its columns are those of {found.name}"
        f"{_choice(found)}; leave --release out, or name that."
    )


def _choice(found: Release) -> str:
    """Return the releases to choose from, where the name does not say them."""
    return f" (known: {', '.join(found.may_be)})" if found.may_be else ""


def _release_in_name(survey: Survey, path: Path) -> str | None:
    """Return the release that the publisher's way of naming files tells."""
    if survey.release_in_name is None:
        return None
    found = re.match(survey.release_in_name, path.name, re.IGNORECASE)
    return f"DR{int(found[1])}" if found else None


def _lacking(release: Release, names: Collection[str]) -> list[str]:
    """Return the identifying columns that are not among lower-case names."""
    return [name for name in release.present if name.lower() not in names]


def _unknown_release(survey: Survey, columns: Iterable[FileColumn]) -> str:
    """Return what the file lacks of the nearest release, and what to do."""
    names = {column.name.lower() for column in columns}
    nearest = min(survey.releases, key=lambda release: len(_lacking(release, names)))
    missing = _lacking(nearest, names)
    problem = f"without {listed(missing)}" if missing else "with other columns"
    position = survey.position
    ra, dec = (position.ra, position.dec) if position else ("COLUMN", "COLUMN")
    return (
        f"{FILE} is no release that {survey.name} is known in: nearest is "
        f"{nearest.name}, but {problem}. Take it in as a catalogue of your own: "
        f"stellarwh ingest NAME {FILE} --ra {ra} --dec {dec}"
    )


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
