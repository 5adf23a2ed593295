"""Decide which column of a file becomes which column of a raw table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from stellarwh.catalogues.column_choice import Choice
from stellarwh.catalogues.convert import arrow_type_of, widen
from stellarwh.catalogues.table import FileColumn
from stellarwh.errors import FILE, SurveyError
from stellarwh.ingest.find import chosen, find_declared
from stellarwh.ingest.releases import listed, settle_release
from stellarwh.surveys.description import ColumnDescription, Survey


@dataclass(frozen=True)
class PlannedColumn:
    """One column of the raw table: its name, and where its values come from."""

    name: str
    source: FileColumn | None  # None: a NULL column
    type: pa.DataType
    null_type: str = ""  # DuckDB type of a NULL column
    unit: str = ""
    ucd: str = ""
    description: str = ""
    expression: str = ""  # SQL of a column that is made of others


@dataclass(frozen=True)
class Plan:
    """What an ingest will write."""

    columns: tuple[PlannedColumn, ...]
    release: str
    warnings: tuple[str, ...]


def plan_survey(
    survey: Survey,
    path: Path,
    columns: Sequence[FileColumn],
    more: Sequence[str] = (),
    *,
    all_columns: bool = False,
    stated: str | None = None,
) -> Plan:
    """Match the columns that a survey declares with those of a file.

    Parameters
    ----------
    survey : Survey
        The description of the survey.
    path : Path
        The file; its name may tell the release.
    columns : sequence of FileColumn
        The columns of the file.
    more : sequence of str
        Further columns of the file to keep under their own names; with a minus before
        each, columns to leave out.
    all_columns : bool
        Keep every further column of the file.
    stated : str, optional
        The release that the user says it is.

    Raises
    ------
    SurveyError
        If a required column is missing, a column of ``more`` is not in the file, or
        the release is not known or not as stated.
    """
    planned = []
    warnings = []
    missing = []
    for declared in survey.columns:
        if find_declared(declared, columns) is None:
            _check_not_required(declared, survey, columns)
    release = settle_release(survey, path, columns, stated)
    choice = chosen(more, columns)
    omits: dict[str, FileColumn] = {}
    unwanted = []
    for declared in survey.columns:
        source = find_declared(declared, columns)
        if source is not None and source.name in choice.left_out:
            _refuse_if_needed(declared, survey)
            unwanted.append(declared.name)
            planned.append(_planned(declared, None))
            continue
        if source is not None and release.lacks(declared):
            omits[declared.name] = source
            source = None
        if source is not None and source.unreadable:
            _refuse_if_required(declared, survey, source.unreadable)
            warnings.append(f"{source.name} is left out: {source.unreadable}.")
            source = None
        if source is None and declared.expected and declared.name not in omits:
            missing.append(declared.name)
        planned.append(_planned(declared, source))
    if missing:
        warnings.append(
            f"{len(missing)} columns are not in the file and stay NULL: "
            f"{listed(missing)}."
        )
    if unwanted:
        warnings.append(f"Left out as asked, and NULL: {listed(unwanted)}.")
    elif choice.left_out and not all_columns:
        warnings.append(
            "--columns leaves out what is not kept anyway "
            f"({listed(choice.left_out)}); --all-columns would keep all others."
        )
    used = {p.source.index for p in planned if p.source is not None}
    # In another release the same column may be one that is read.
    unread = dict.fromkeys(c.name for c in omits.values() if c.index not in used)
    if unread:
        names = listed(list(unread))
        warnings.append(f"{names}: not read, it may mean another thing there.")
    if release.warning:
        warnings.append(release.warning)
    others, left_out = _others(columns, used, choice, all_columns=all_columns)
    if left_out:
        warnings.append(f"Left out: {left_out}.")
    taken = [p.name for p in planned]
    for source, name in unique_names(others, taken):
        planned.append(_as_found(source, name))
    return Plan(tuple(planned), release.name, tuple(warnings))


def plan_catalogue(
    columns: Sequence[FileColumn],
    wanted: Sequence[str] | None,
    places: Sequence[FileColumn] = (),
    declared: Sequence[FileColumn] = (),
) -> Plan:
    """Take the columns of a user's catalogue as they are found.

    Parameters
    ----------
    columns : sequence of FileColumn
        Those of the file.
    wanted : sequence of str or None
        Keep only these, or with a minus before each all but these; None keeps all.
    places : sequence of FileColumn
        Columns of the position, which are kept in any case.
    declared : sequence of FileColumn
        Columns of which is known what they are, which are kept, too.

    Raises
    ------
    SurveyError
        If a wanted column is not in the file, or one of the position is not wanted.
    """
    choice = chosen(wanted or (), columns)
    for place in places:
        if place.name in choice.left_out:
            raise SurveyError(
                f"--columns leaves out {place.name}, which the position is taken from."
            )
    for column in declared:
        if column.name in choice.left_out:
            raise SurveyError(
                f"--columns leaves out {column.name}, which --declare names."
            )
    if choice.kept:
        more = (column.name for column in (*places, *declared))
        choice = Choice((*choice.kept, *more))
    kept, left_out = _others(columns, set(), choice, all_columns=not choice.kept)
    if not kept:
        raise SurveyError(f"--columns leaves no column of {FILE}.")
    warnings = []
    if left_out:
        warnings.append(f"Left out: {left_out}.")
    planned = []
    for source, name in unique_names(kept):
        planned.append(_as_found(source, name))
        if name != source.name:
            warnings.append(stored_as(source.name, name))
    return Plan(tuple(planned), "user catalogue", tuple(warnings))


def stored_as(name: str, new_name: str) -> str:
    """Return what to say of a column that gets another name."""
    return f"The column '{name}' is stored as '{new_name}'."


def _check_not_required(
    declared: ColumnDescription,
    survey: Survey,
    columns: Sequence[FileColumn],
) -> None:
    if declared.required:
        names = {column.name for column in columns}
        nearest = get_close_matches(declared.name, names, n=1, cutoff=0)[0]
        raise SurveyError(
            f"{FILE} has no column {declared.name}, which {survey.name} needs; "
            f"the nearest there is '{nearest}'. Is it the right catalogue? One of your "
            "own goes in under another name, with --ra COLUMN --dec COLUMN."
        )


def _refuse_if_required(declared: ColumnDescription, survey: Survey, why: str) -> None:
    if declared.required:
        raise SurveyError(
            f"{FILE}: {survey.name} needs {declared.name}, which cannot be read: {why}."
        )


def _refuse_if_needed(declared: ColumnDescription, survey: Survey) -> None:
    place = survey.position
    positions = (place.ra, place.dec) if place else ()
    if declared.required or declared.name in (*survey.id_columns, *positions):
        raise SurveyError(
            f"--columns leaves out {declared.name}, which {survey.name} needs."
        )


def _planned(declared: ColumnDescription, source: FileColumn | None) -> PlannedColumn:
    wanted = arrow_type_of(declared.type)
    return PlannedColumn(
        name=declared.name,
        source=source,
        type=wanted if source is None else widen(wanted, source.type),
        null_type=declared.type,
        unit=declared.unit,
        ucd=declared.ucd or (source.ucd if source else ""),
        description=declared.description,
    )


def _as_found(source: FileColumn, name: str) -> PlannedColumn:
    found = (source.unit, source.ucd, source.description)
    return PlannedColumn(name, source, source.type, "", *found)


def _others(
    columns: Sequence[FileColumn],
    used: set[int],
    choice: Choice,
    *,
    all_columns: bool,
) -> tuple[list[FileColumn], str]:
    """Return further columns to keep, and the names of those that cannot be read."""
    wanted = [
        column
        for column in columns
        if column.index not in used
        and column.name not in choice.left_out
        and (all_columns or column.name in choice.kept)
    ]
    left_out = [f"{c.name} ({c.unreadable})" for c in wanted if c.unreadable]
    return [c for c in wanted if not c.unreadable], listed(left_out)


def unique_names(
    columns: Iterable[FileColumn], taken: Iterable[str] = ()
) -> Iterator[tuple[FileColumn, str]]:
    """Pair columns with names that stay different when case is ignored.

    DuckDB ignores case, FITS files need not; ``healpix`` is the raw table's own.
    """
    used = {name.lower() for name in taken} | {"healpix"}
    for column in columns:
        # DuckDB has no columns without a name, or with a NUL in it.
        whole = column.name.replace("\0", "") or f"column{column.index + 1}"
        name = whole
        number = 1
        while name.lower() in used:
            number += 1
            name = f"{whole}_{number}"
        used.add(name.lower())
        yield column, name


def with_types(plan: Plan, types: dict[int, pa.DataType]) -> tuple[PlannedColumn, ...]:
    """Return the plan's columns with the types found for columns without any."""
    return tuple(
        replace(c, type=types[c.source.index])
        if c.source and c.source.index in types
        else c
        for c in plan.columns
    )
