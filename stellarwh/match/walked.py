"""A side of a match that is never held whole: files that are read part by part."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from stellarwh.match.brought import BroughtColumn
from stellarwh.match.columns import Side
from stellarwh.match.parts import Part

# What is compared of the positions and their motion; a role may have no column.
PLACE = ("ra", "dec", "epoch", "pmra", "pmdec")
Used = dict[str, str | float | None]


@dataclass(frozen=True)
class WalkedSide:
    """A side whose rows stay in their files until they may be in a pair.

    Parameters
    ----------
    name, source : str
        ``left`` or ``right``, and what the user named.
    side : Side
        As the user described it.
    parts : tuple of Part
        What its files consist of.
    hdu : str or None
        Which table of a file with several.
    used : dict
        For each role its column, a number for all rows, or None.
    schema : pyarrow.Schema
        The columns that are used, in the types of all files together.
    factors : dict of str to float
        What the columns of the roles are times to be in the units of the match.
    units : dict of str to str
        Of the columns, as the files state them.
    epochs : tuple of (float, float) or None
        First and last epoch of its positions; None if none is known.
    has_motions : bool
        Whether any row has a proper motion.
    brought, brought_schema
        Columns that are brought along, what is known of them, and their types.
    notes, warnings : tuple of str
        What the user should know.
    is_simulated : bool
        Whether a file says that it is simulated.
    """

    name: str
    source: str
    side: Side
    parts: tuple[Part, ...]
    hdu: str | None
    used: Used
    schema: pa.Schema
    factors: dict[str, float]
    units: dict[str, str]
    epochs: tuple[float, float] | None = None
    has_motions: bool = False
    brought: tuple[BroughtColumn, ...] = ()
    brought_schema: pa.Schema | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_simulated: bool = False
    reads: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether it names positional errors."""
        return self.used["position_error"] is not None

    @property
    def has_magnitudes(self) -> bool:
        """Whether it names magnitudes."""
        return self.used["magnitude"] is not None

    @property
    def rows(self) -> int | None:
        """How many rows it has; None where only reading tells."""
        known = [part.rows for part in self.parts if part.rows is not None]
        return sum(known) if len(known) == len(self.parts) else None

    @property
    def is_counted(self) -> bool:
        """Whether the number of every row is known before it is read."""
        return all(part.first is not None for part in self.parts)

    def columns_of(self, roles: Sequence[str]) -> list[str]:
        """Return the columns of some roles, each once."""
        found = (self.used[role] for role in roles)
        return list(dict.fromkeys(c for c in found if isinstance(c, str)))


def threads_to_read() -> int:
    """Return how many parts are read at a time: each takes some memory."""
    return min(os.cpu_count() or 1, 8)
