"""Pairs of two tables or files, found by the macro `crossmatch`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from stellarwh.database import first_line
from stellarwh.errors import WarehouseError
from stellarwh.match.brought import (
    OWN_FACTS,
    Facts,
    check_brought,
    name_apart,
    select_items,
)
from stellarwh.match.columns import Side
from stellarwh.match.loaded import LoadedSide
from stellarwh.match.notes import notes_on
from stellarwh.match.options import USUAL_SIGMAS, check_options, check_safe, check_used
from stellarwh.match.sides import load_side
from stellarwh.offline import no_network
from stellarwh.quoting import quote_text

# Gaia (E)DR3, for two sides whose own epochs vary from row to row.
_USUAL_EPOCH = 2016.0
# Arguments of the macros after their tables, radius and mode.
_ARGUMENTS = (
    *("left_id", "right_id", "left_ra", "left_dec", "right_ra", "right_dec", "epoch"),
    *("left_epoch", "right_epoch", "left_pmra", "left_pmdec", "right_pmra"),
    *("right_pmdec", "left_error", "right_error", "sigmas", "left_magnitude"),
    *("right_magnitude", "magnitude_limit"),
)


@dataclass(frozen=True)
class Matched:
    """The pairs of a match.

    Parameters
    ----------
    pairs : pyarrow.Table
        ``left_id``, ``right_id`` and ``separation`` (arcsec), ordered by row; then
        ``magnitude_difference`` if magnitudes were compared, and ``lacks_motion`` if
        positions were brought to a common epoch: whether one of the two could not be.
    epoch : float or None
        That common epoch, a Julian year; None if positions were compared as they are.
    warnings : tuple of str
        What the user should know.
    notes : tuple of str
        How many rows had no position, or a negative right ascension, and how many
        pairs lack a motion.
    facts : dict
        Of each column unit, UCD and description, as far as there are any.
    reads : tuple of str
        Tables of the warehouse that were matched, quoted.
    is_simulated : bool
        Whether a file that was matched says that it is simulated.
    """

    pairs: pa.Table
    epoch: float | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    is_simulated: bool = False


@no_network()
def match_tables(
    connection: duckdb.DuckDBPyConnection,
    left: str | Side,
    right: str | Side,
    *,
    radius: float = 1.0,
    mode: str = "all",
    epoch: float | None = None,
    sigmas: float = USUAL_SIGMAS,
    magnitude_limit: float | None = None,
    columns: Sequence[str] = (),
) -> Matched:
    """Return the pairs of rows of two tables or files that lie near each other.

    Where the sides' epochs differ, proper motions bring both to a common one first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    left, right : str or Side
        A table or view, as ``raw.apogee`` or ``apogee``, or a catalogue file; or a
        `Side` that names its columns too.
    radius : float
        Largest separation in arcsec, up to 180 degrees.
    mode : str
        One of `stellarwh.match.MODES`: all pairs, the ``best`` (nearest) right row of
        each left one, the ``best-right`` left row of each right one, ``mutual`` best,
        or ``one-to-one`` (nearest first).
    epoch : float, optional
        The common epoch, a Julian year; by default that of the side without proper
        motions, else the later one.
    sigmas : float
        How many of their positional errors two rows may lie apart, where a side names
        such errors.
    magnitude_limit : float, optional
        How much magnitudes may differ, where both sides name one.
    columns : sequence of str
        Columns of either side to bring along, or ``all``. Names that both have, or the
        match itself, get ``_left`` and ``_right``.

    Raises
    ------
    UsageError
        If the mode is unknown, a number out of range, an epoch no year, or the epoch
        of a side unknown, the radius below `SAFE_RADIUS` and one side moving.
    WarehouseError
        If there is no such table, or it has no such column or no positions.
    InputFileError
        If a file cannot be read.
    """
    check_options(mode, radius, epoch, sigmas, magnitude_limit)
    sides = []
    try:
        for name, side in (("left", left), ("right", right)):
            described = Side(side) if isinstance(side, str) else side
            sides.append(load_side(connection, name, described, columns))
        check_brought(columns, sides[0].brought, sides[1].brought)
        return _matched(
            connection, sides[0], sides[1], radius, mode, epoch, sigmas, magnitude_limit
        )
    except (duckdb.CatalogException, duckdb.BinderException):
        raise WarehouseError(
            "The cross-match of this warehouse is of another version; "
            "run 'stellarwh build'."
        ) from None
    except duckdb.Error as error:
        raise WarehouseError(f"The match failed: {first_line(str(error))}") from None
    finally:
        for loaded in sides:
            loaded.drop(connection)


def _matched(
    connection: duckdb.DuckDBPyConnection,
    left: LoadedSide,
    right: LoadedSide,
    radius: float,
    mode: str,
    epoch: float | None,
    sigmas: float,
    magnitude_limit: float | None,
) -> Matched:
    """Match two sides that are loaded."""
    warnings = []
    common = epoch
    unknown = [side for side in (left, right) if side.epochs is None]
    if unknown and not (len(unknown) == 2 and left.source == right.source):
        # Where nothing could be moved anyway, there is nothing to ask for.
        if left.has_motions or right.has_motions:
            check_safe(unknown, radius)
        common = None
        names = " and ".join(side.source for side in unknown)
        warnings.append(
            f"The epoch of {names} is not known; positions are compared as they are."
        )
    elif common is None:
        common = _common_epoch(left, right)
    columns = ["l.id as left_id", "r.id as right_id", "pairs.separation"]
    options: dict[str, str] = {}
    for name, side in (("left", left), ("right", right)):
        options[f"{name}_id"] = "'row'"
        if side.has_errors:
            options[f"{name}_error"] = "'position_error'"
        if common is not None:
            moving = ("epoch", "pmra", "pmdec")
            options |= {f"{name}_{column}": f"'{column}'" for column in moving}
    check_used(left, right, sigmas, magnitude_limit)
    options["sigmas"] = repr(float(sigmas))
    if common is not None:
        options["epoch"] = repr(float(common))
        columns.append("pairs.lacks_motion")
    if left.has_magnitudes and right.has_magnitudes:
        options |= {f"{side}_magnitude": "'magnitude'" for side in ("left", "right")}
        columns.insert(3, "pairs.magnitude_difference")
        if magnitude_limit is not None:
            options["magnitude_limit"] = repr(float(magnitude_limit))
    own = [column.rpartition(" ")[2].rpartition(".")[2] for column in columns]
    facts = {name: OWN_FACTS[name] for name in own if name in OWN_FACTS}
    joins = ""
    renamed = name_apart(own, left.brought, right.brought)
    for side, called in zip((left, right), renamed, strict=True):
        if side.brought:
            row = f"{side.name[0]}.row - 1"
            joins += f"inner join {side.origin} as {side.name}_origin "
            joins += f"on {side.name}_origin.rowid = {row} "
            columns += select_items(f"{side.name}_origin", side.brought, called)
            about = (column.facts for column in side.brought)
            facts |= dict(zip(called, about, strict=True))
    # What crossmatch is made of: DuckDB would plan both halves of it.
    macro = "crossmatch_pairs" if mode == "all" else "crossmatch_settled"
    arguments = [options.get(name, "null") for name in _ARGUMENTS]
    pairs = connection.sql(
        f"select {', '.join(columns)} "  # noqa: S608 - fixed names and numbers
        f"from {macro}('{left.table}', '{right.table}', {float(radius)!r}, "
        f"{quote_text(mode)}, {', '.join(arguments)}) as pairs "
        f"inner join {left.table} as l on pairs.id_on_left = l.row "
        f"inner join {right.table} as r on pairs.id_on_right = r.row {joins}"
        "order by l.row, pairs.separation, r.row"
    ).to_arrow_table()
    notes = notes_on(left, right, pairs)
    return Matched(
        pairs,
        common,
        tuple(warnings),
        notes,
        facts,
        tuple(side.reads for side in (left, right) if side.reads),
        left.is_simulated or right.is_simulated,
    )


def _common_epoch(left: LoadedSide, right: LoadedSide) -> float | None:
    """Return the epoch to bring both sides to; None if they share one already."""
    if left.epochs is None or right.epochs is None:
        return None
    if left.epochs == right.epochs and left.epochs[0] == left.epochs[1]:
        return None
    # A side that cannot move stays; else the later epoch, usually that of the more
    # precise catalogue, whichever way round the two are given.
    for side in sorted(
        (right, left), key=lambda side: (side.has_motions, -(side.epochs or (0,))[0])
    ):
        if side.epochs and side.epochs[0] == side.epochs[1]:
            return side.epochs[0]
    return _USUAL_EPOCH
