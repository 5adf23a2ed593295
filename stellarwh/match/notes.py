"""What a match says of rows that were left out, wrapped or not moved."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.match.loaded import LoadedSide


def notes_on(sides: Sequence[LoadedSide], pairs: pa.Table) -> tuple[str, ...]:
    """Return what was left out, wrapped or not moved."""
    notes: list[str] = []
    for side in sides:
        notes += side.notes
        if side.unplaced:
            notes.append(
                f"{side.unplaced:,} of {side.rows:,} rows of {side.source} without a "
                "position: nothing is matched with them."
            )
        if side.negative:
            notes.append(
                f"{side.negative:,} negative right ascension{_s(side.negative)} of "
                f"{side.source}: 360 was added."
            )
    if "lacks_motion" in pairs.column_names:
        lacking = pc.sum(pairs["lacks_motion"]).as_py() or 0
        if lacking:
            notes.append(
                f"{lacking:,} of {pairs.num_rows:,} pairs without a proper motion or "
                "an epoch: one of the two is compared where it was."
            )
    return tuple(notes)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
