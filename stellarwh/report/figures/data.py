"""The rows of a figure, as charts take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stellarwh.report.figures.figure import Asked, Column, Figure


def of_rows(
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    sql: str = "",
) -> "FigureData":
    """Return rows that no figure of the list gave, as charts take them."""
    asked = Asked(Figure(name, title, (), (), tuple(columns)), {})
    values = {
        column.name: np.array([row[column.name] for row in rows]) for column in columns
    }
    return FigureData(asked, values, sql)


@dataclass(frozen=True)
class FigureData:
    """The rows of a figure, and what was asked for them; false where there are none.

    Parameters
    ----------
    asked : Asked
        The figure and its parameters.
    columns : mapping of str to numpy array
        Its columns, masked where they are NULL.
    sql : str
        Its query with all values, for the shell.
    whole : FigureData or None
        All rows, where these are some of them.
    places : ndarray or None
        Which of them these are, from 0.
    """

    asked: Asked
    columns: Mapping[str, NDArray[Any]]
    sql: str = ""
    whole: "FigureData | None" = None
    places: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(next(iter(self.columns.values())))

    @property
    def title(self) -> str:
        """What the figure is called."""
        return self.asked.figure.title

    @property
    def name(self) -> str:
        """What the figure is asked by."""
        return self.asked.name

    @property
    def described(self) -> tuple[Column, ...]:
        """What is known of its columns."""
        return self.asked.columns

    @property
    def all_rows(self) -> "FigureData":
        """These rows and those of the other layers."""
        return self.whole or self

    def axis(self, name: str) -> Column:
        """Return what is known of a column: unit, label, decimals."""
        return self.asked.column(name)

    def first(self, name: str) -> Any:
        """Return the value of a column that is the same in every row."""
        return self.columns[name][:1].tolist()[0]

    def layer(self, name: str) -> "FigureData":
        """Return the rows of one layer."""
        return self.only(self.columns["layer"] == name)

    def only(self, inside: NDArray[np.bool_]) -> "FigureData":
        """Return some of the rows, which know their places among all."""
        places = np.flatnonzero(inside)
        if self.places is not None:
            places = self.places[places]
        columns = {name: values[inside] for name, values in self.columns.items()}
        return FigureData(self.asked, columns, self.sql, self.all_rows, places)

    def array(self, name: str) -> NDArray[Any]:
        """Return a column as an array; NULL becomes NaN in numbers."""
        values = self.columns[name]
        if np.ma.isMaskedArray(values) and values.dtype.kind in "iuf":
            return np.asarray(np.ma.filled(values.astype(float), np.nan))
        return np.asarray(values)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows; NULL becomes None."""
        values = (column.tolist() for column in self.columns.values())
        return [
            dict(zip(self.columns, row, strict=True))
            for row in zip(*values, strict=True)
        ]
