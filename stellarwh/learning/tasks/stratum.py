"""Of which stars a figure of merit is."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Stratum:
    """Stars that figures are of: what ``ml.metrics`` says of them in columns.

    Parameters
    ----------
    name : str
        What it is called where somebody reads it.
    kind : str
        ``all``, ``group`` (a row of ``main.strata``), ``features`` (stars that have
        certain groups of features), ``class`` or ``bin``.
    stage_group : str, optional
        ``giant`` or ``dwarf``, where it is of either.
    axis : str, optional
        Quantity that lies in a range.
    by_label : bool, optional
        Whether the range is of the label of a target, not of its held-out value; None
        where it is of neither.
    low, high : float, optional
        Ends of the range, in the unit of its axis; infinite where it is open.
    """

    name: str
    kind: str
    stage_group: str | None = None
    axis: str | None = None
    by_label: bool | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of_class(cls, name: str) -> Self:
        """Return the stars of a class."""
        return cls(name, "class")

    @classmethod
    def of_features(cls, name: str) -> Self:
        """Return the stars that have what the name says."""
        return cls(name, "features")

    @classmethod
    def of_bin(cls, axis: str, low: float, high: float, *, by_label: bool) -> Self:
        """Return the stars whose label or held-out value lies in a bin."""
        name = f"{axis} {low:g} to {high:g}"
        return cls(
            name=f"label {name}" if by_label else name,
            kind="bin",
            axis=axis,
            by_label=by_label,
            low=low,
            high=high,
        )


ALL_STARS = Stratum("all", "all")
