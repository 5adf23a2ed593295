"""Settle what an ingest is to read before any row is read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.epochs import is_year, no_year
from stellarwh.errors import InputFileError, SurveyError, UsageError, did_you_mean
from stellarwh.ingest.find import find_column
from stellarwh.ingest.load import PositionColumns
from stellarwh.ingest.position import check_position_column
from stellarwh.ingest.releases import recognise_release
from stellarwh.ingest.resolve import (
    Plan,
    PlannedColumn,
    plan_catalogue,
    plan_survey,
    with_types,
)
from stellarwh.ingest.text_types import narrowest_types
from stellarwh.readers import TableFile
from stellarwh.survey import read_survey, survey_names
from stellarwh.survey_description import Sentinel

DATA_FOLDER = Path("data")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Request:
    """One file to be read into one raw table, and how."""

    name: str
    table: TableFile
    columns: tuple[PlannedColumn, ...]
    plan: Plan
    position: PositionColumns
    pmra: str | None
    pmdec: str | None
    epoch: float | None  # None: the user did not say; matching must not guess
    sentinels: tuple[Sentinel, ...]
    selection: str
    needed: frozenset[str] = frozenset()  # columns that must hold what the file says


def check_name(
    name: str,
    ra: str | None,
    dec: str | None,
    epoch: float | None,
    release: str | None = None,
    *,
    no_position: bool = False,
) -> bool:
    """Return whether ``name`` is a known survey; refuse what cannot be meant."""
    if epoch is not None and not is_year(epoch):
        raise UsageError(no_year(epoch))
    if no_position and (ra, dec, epoch) != (None, None, None):
        raise UsageError("--no-position goes without --ra, --dec and --epoch.")
    if name in survey_names():
        if no_position or (ra, dec, epoch) != (None, None, None):
            raise UsageError(
                f"{name} has its own position columns and epoch; leave out --ra, "
                "--dec, --epoch and --no-position, or ingest the file under another "
                "name."
            )
        return True
    if release is not None and ra is not None:
        raise UsageError(f"--release is for known surveys only, which '{name}' is not.")
    if not no_position and (ra is None or dec is None):
        hint = did_you_mean(name, survey_names())
        raise SurveyError(
            f"There is no survey '{name}'. {hint} A catalogue of your own needs its "
            "position columns: --ra COLUMN --dec COLUMN, or --no-position if it has "
            "none and joins by an id."
        )
    if name.lower() in survey_names():
        raise UsageError(f"'{name}' would hide the survey '{name.lower()}'.")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot name a table; use lower-case letters, digits and _, "
            "starting with a letter."
        )
    return False


def default_file(name: str) -> Path:
    """Return the release's file in ``data/``.

    Raises
    ------
    StellarwhError
        If it is not there, or the name is not that of a known survey.
    """
    if name not in survey_names():
        raise UsageError(f"Name the file to ingest as '{name}'.")
    candidates = [DATA_FOLDER / file for file in read_survey(name).default_files]
    for path in candidates:
        if path.exists():
            return path
    raise InputFileError(
        f"There is no {' or '.join(map(str, candidates))}; put the release's file "
        "there or name another file."
    )


def request_survey(
    name: str,
    table: TableFile,
    columns: Sequence[str] | None,
    *,
    all_columns: bool,
    release: str | None = None,
) -> Request:
    """Settle how a known survey's file is read; see `plan_survey`."""
    survey = read_survey(name)
    other = None if recognise_release(survey, table.columns) else _other_survey(table)
    if other is not None:
        raise SurveyError(
            f"{table.path} is not of {name} but of {other} ({read_survey(other).title})"
            f": stellarwh ingest {other} {table.path}"
        )
    plan = plan_survey(
        survey,
        table.path,
        table.columns,
        columns or (),
        all_columns=all_columns,
        stated=release,
    )
    selection = ["all"] if all_columns else ["declared", *(columns or ())]
    if release is not None:
        selection.append(f"release={plan.release}")
    declared = {column.name for column in survey.columns}
    planned = _with_text_types(
        table, plan, [c for c in plan.columns if c.name not in declared]
    )
    place = survey.position
    for column in planned:
        if place is not None and column.name in (place.ra, place.dec):
            check_position_column(column, name)
    return Request(
        name=name,
        table=table,
        columns=planned,
        plan=plan,
        position=PositionColumns(
            place.ra if place else None,
            place.dec if place else None,
            survey.id_columns,
        ),
        pmra=place.pmra if place else None,
        pmdec=place.pmdec if place else None,
        epoch=place.epoch if place else None,
        sentinels=survey.sentinels,
        selection=",".join(selection),
        needed=frozenset(
            [*survey.id_columns, *(c.name for c in survey.columns if c.required)]
        ),
    )


def _other_survey(table: TableFile) -> str | None:
    """Return the first known survey that has a release with the file's columns."""
    for name in survey_names():
        if recognise_release(read_survey(name), table.columns):
            return name
    return None


def request_catalogue(
    name: str,
    table: TableFile,
    columns: Sequence[str] | None,
    ra: str | None,
    dec: str | None,
    epoch: float | None,
) -> Request:
    """Settle how a user's own catalogue is read; see `plan_catalogue`."""
    places = [
        find_column(name, table.columns, table.path, option)
        for name, option in ((ra, "--ra"), (dec, "--dec"))
        if name is not None
    ]
    for source in places:
        if source.unreadable:
            raise SurveyError(
                f"{table.path}: the position column {source.name} cannot be read: "
                f"{source.unreadable}."
            )
    plan = plan_catalogue(table.path, table.columns, columns, places)
    planned = _with_text_types(
        table, plan, plan.columns, [place.index for place in places]
    )
    names = {c.source.index: c.name for c in planned if c.source is not None}
    for column in planned:
        if column.source in places:
            check_position_column(column, name)
    return Request(
        name=name,
        table=table,
        columns=planned,
        plan=plan,
        position=PositionColumns(
            *(names[place.index] for place in places) if places else (None, None)
        ),
        pmra=None,
        pmdec=None,
        epoch=epoch,
        sentinels=(),
        selection=f"ra={ra},dec={dec},epoch={epoch},columns={columns or 'all'}",
    )


def _with_text_types(
    table: TableFile,
    plan: Plan,
    undeclared: Sequence[PlannedColumn],
    numbers: Sequence[int] = (),
) -> tuple[PlannedColumn, ...]:
    """Return the plan's columns; text files tell the types of undeclared ones."""
    sources = [column.source for column in undeclared if column.source is not None]
    if not sources or not table.format.startswith("text"):
        return plan.columns
    types = narrowest_types(table, sources, numbers)
    found = zip((source.index for source in sources), types, strict=True)
    return with_types(plan, dict(found))
