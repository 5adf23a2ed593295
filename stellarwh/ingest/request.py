"""Settle what an ingest is to read before any row is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stellarwh.catalogues.table import TableFile
from stellarwh.catalogues.text.types import narrowest_types
from stellarwh.errors import InputFileError, SurveyError, UsageError
from stellarwh.ingest.declare import (
    find_declared_columns,
    hint_of,
    hints_of_declared,
    settle_declared,
)
from stellarwh.ingest.designation import derived_columns
from stellarwh.ingest.find import find_column
from stellarwh.ingest.load import PositionColumns
from stellarwh.ingest.options import Options
from stellarwh.ingest.position import check_position_column
from stellarwh.ingest.releases import recognise_release
from stellarwh.ingest.resolve import (
    Plan,
    PlannedColumn,
    plan_catalogue,
    plan_survey,
    with_types,
)
from stellarwh.ingest.unplaced import recognised
from stellarwh.surveys.description import Sentinel
from stellarwh.surveys.known import read_survey, survey_names
from stellarwh.warehouse.declared import Declared

DATA_FOLDER = Path("data")


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
    position_from: str | None = None  # the column of names that hold the position
    declared: tuple[Declared, ...] = ()  # what columns of an own catalogue are
    hints: tuple[str, ...] = ()  # what more could be made of it

    @property
    def is_simulated(self) -> bool:
        """Whether the file says that `stellarwh simulate` wrote it."""
        return self.table.keywords.get("SIMULATE") is True


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
    if not candidates:
        raise UsageError(f"Name the file to ingest as '{name}'.")
    for path in candidates:
        if path.exists():
            return path
    raise InputFileError(
        f"There is no {' or '.join(map(str, candidates))}; put the release's file "
        f"there ('stellarwh download {name}' fetches it) or name another file."
    )


def request_survey(name: str, table: TableFile, options: Options) -> Request:
    """Settle how a known survey's file is read; see `plan_survey`."""
    survey = read_survey(name)
    columns, all_columns, release = (
        options.columns,
        options.all_columns,
        options.release,
    )
    is_mine = recognise_release(survey, table.columns) is not None
    other = None if is_mine else recognised(table.columns)
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


def request_catalogue(name: str, table: TableFile, options: Options) -> Request:
    """Settle how a user's own catalogue is read; see `plan_catalogue`."""
    places = [
        find_column(column, table.columns, option)
        for column, option in (
            (options.ra, "--ra"),
            (options.dec, "--dec"),
            (options.position_from, "--position-from"),
        )
        if column is not None
    ]
    for source in places:
        if source.unreadable:
            raise SurveyError(
                f"{table.path}: the position column {source.name} cannot be read: "
                f"{source.unreadable}."
            )
    declared = find_declared_columns(
        options.declare, table.columns, is_inherited=options.inherits_declared
    )
    plan = plan_catalogue(
        table.columns, options.columns, places, tuple(declared.values())
    )
    is_named = options.position_from is not None
    numbers = [] if is_named else [place.index for place in places]
    numbers += [source.index for source in declared.values()]
    planned = _with_text_types(table, plan, plan.columns, numbers)
    names = {c.source.index: c.name for c in planned if c.source is not None}
    position = PositionColumns(None, None)
    if is_named:
        designation = names[places[0].index]
        derived = derived_columns(planned, designation)
        planned = (*planned, *derived)
        position = PositionColumns(derived[0].name, derived[1].name)
    elif places:
        ra, dec = (names[place.index] for place in places)
        position = PositionColumns(ra, dec)
        for column in planned:
            if column.source in places:
                check_position_column(column, name)
    found, told = settle_declared(declared, planned)
    hints = hint_of(name, planned) if places and not options.declare else ()
    hints += hints_of_declared(found, options.epoch)
    selection = (
        f"ra={options.ra},dec={options.dec},epoch={options.epoch},"
        f"columns={options.columns or 'all'}"
    )
    if is_named:
        selection += f",position_from={options.position_from}"
    if found:
        pairs = sorted(f"{of.name}={of.column}" for of in found)
        selection += f",declare={';'.join(pairs)}"
    return Request(
        name=name,
        table=table,
        columns=planned,
        plan=replace(plan, warnings=(*plan.warnings, *told)),
        position=position,
        pmra=None,
        pmdec=None,
        epoch=options.epoch,
        sentinels=(),
        selection=selection,
        position_from=designation if is_named else None,
        declared=found,
        hints=hints,
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
