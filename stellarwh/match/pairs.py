"""Pairs of two tables or files, found by the macro `crossmatch`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from stellarwh.errors import WarehouseError
from stellarwh.match.anyside import (
    AnySide,
    bounded_memory,
    drop_side,
    with_brought,
    with_facts,
)
from stellarwh.match.aside import read_pairs
from stellarwh.match.bands import pairs_in_bands
from stellarwh.match.brought import (
    OWN_FACTS,
    Facts,
    check_brought,
    name_apart,
    select_items,
)
from stellarwh.match.columns import Side
from stellarwh.match.notes import notes_on
from stellarwh.match.options import USUAL_SIGMAS, check_options, check_safe, check_used
from stellarwh.match.sides import load_side
from stellarwh.match.sift import sift
from stellarwh.match.walked import WalkedSide
from stellarwh.quoting import quote_text
from stellarwh.runtime.offline import no_network
from stellarwh.warehouse.messages import first_line

# Gaia (E)DR3, for two sides whose own epochs vary from row to row.
_USUAL_EPOCH = 2016.0


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
        A table or view, as ``raw.apogee`` or ``apogee``; a catalogue file; a folder of
        Parquet files, a HATS catalogue, or a pattern of files (``gaia/*.parquet``); or
        a `Side` that names its columns too. Files above 64 MiB, folders and patterns
        are read part by part, and never held whole.
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
    sides: list[AnySide] = []
    try:
        for name, side in (("left", left), ("right", right)):
            described = Side(side) if isinstance(side, str) else side
            sides.append(load_side(connection, name, described, columns))
        check_brought(columns, sides[0].brought, sides[1].brought)
        with bounded_memory(connection, sides):
            sides = [with_facts(connection, side) for side in sides]
            return _matched(
                connection,
                sides,
                radius,
                mode,
                epoch,
                sigmas,
                magnitude_limit,
            )
    except (duckdb.CatalogException, duckdb.BinderException):
        raise WarehouseError(
            "The cross-match of this warehouse is of another version; "
            "run 'stellarwh build'."
        ) from None
    except duckdb.Error as error:
        raise WarehouseError(f"The match failed: {first_line(str(error))}") from None
    finally:
        for name in ("left", "right"):
            drop_side(connection, name)


def _matched(
    connection: duckdb.DuckDBPyConnection,
    sides: Sequence[AnySide],
    radius: float,
    mode: str,
    epoch: float | None,
    sigmas: float,
    magnitude_limit: float | None,
) -> Matched:
    """Match two sides that are loaded, or looked into."""
    left, right = sides
    warnings = [warning for side in sides for warning in side.warnings]
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
    given = "".join(f", {name} := {value}" for name, value in options.items())

    def call(lefts: str, rights: str, kept: str) -> str:
        asked = f"{float(radius)!r}, mode := {quote_text(kept)}{given}"
        return f"from crossmatch('{lefts}', '{rights}', {asked})"

    near = sift(connection, left, right, radius, common)
    if any(isinstance(side, WalkedSide) for side in sides):
        moves = common is not None and any(side.has_motions for side in sides)
        found = pairs_in_bands(connection, near, call, radius, mode, moves=moves)
    else:
        found = call(near[0].matched_table, near[1].matched_table, mode)
    for kept in near:
        if kept.numbered:
            key = f"{kept.name}_id"
            told = f"{OWN_FACTS[key]['description']}: {kept.numbered}"
            facts[key] = OWN_FACTS[key] | {"description": told}
    near, found = with_brought(connection, sides, near, found)
    joins = ""
    renamed = name_apart(own, left.brought, right.brought)
    for kept, called in zip(near, renamed, strict=True):
        if kept.brought:
            joins += f"inner join {kept.origin} as {kept.name}_origin "
            joins += f"on {kept.origin_of_row} "
            columns += select_items(f"{kept.name}_origin", kept.brought, called)
            about = (column.facts for column in kept.brought)
            facts |= dict(zip(called, about, strict=True))
    relation = connection.sql(
        f"select {', '.join(columns)} from ({found}) as pairs "  # noqa: S608 - fixed names and numbers
        f"inner join {near[0].matched_table} as l on pairs.left_id = l.row "
        f"inner join {near[1].matched_table} as r on pairs.right_id = r.row {joins}"
        "order by l.row, pairs.separation, r.row"
    )
    pairs = read_pairs(connection, relation)
    notes = notes_on(near, pairs)
    return Matched(
        pairs,
        common,
        tuple(warnings),
        notes,
        facts,
        tuple(side.reads for side in sides if side.reads),
        any(side.is_simulated for side in sides),
    )


def _common_epoch(left: AnySide, right: AnySide) -> float | None:
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
