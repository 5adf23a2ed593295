"""How a HATS collection is cut."""

from dataclasses import dataclass

from stellarwh.errors import UsageError

# As hats-import cuts, so that a cell fits a worker of some GB.
_ROWS = 1_000_000
_MARGIN = 10.0
# Wider than any two surveys disagree, and still narrower than the cells of a sky of
# some billion rows.
_WIDEST = 3600.0


@dataclass(frozen=True)
class HatsOptions:
    """How a HATS collection is cut.

    Parameters
    ----------
    margin : float
        Width of the margin (arcsec): the largest radius of a match in LSDB. Without a
        margin if 0.
    rows : int
        Most rows of a partition, as far as cells of order 9 (7 arcmin) hold no more.
    """

    margin: float = _MARGIN
    rows: int = _ROWS

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= _WIDEST:
            raise UsageError(
                f"The margin is {self.margin:g} arcsec; it must be from 0 (none) to "
                f"{_WIDEST:g}."
            )
        if self.rows < 1:
            raise UsageError(f"A partition of {self.rows:,} rows holds none.")
