"""All stars of a warehouse, each as its cell of the sky and its place on axes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from stellarwh.report.cube.axes import AXES, CubeAxis, fit_axis, parameters_of
from stellarwh.warehouse.freshness import built_of

_QUERIES = Path(__file__).resolve().parent / "queries"
_QUERY_OF = {
    "scale.star_parameters": "kept",
    "main.parameters": "live",
    "": "nothing",
}
# The finest cells of the sky: 0.9 degrees.
SKY_ORDER = 6
OFF_AXIS = 254
NO_VALUE = 255
# main.parameters is worked out for so many stars within seconds.
MOST_LIVE = 150_000
_BATCH = 500_000


@dataclass(frozen=True)
class CubeStars:
    """Stars in units of axes.

    Attributes
    ----------
    source : str
        What their values are read from; empty where they have none.
    axes : mapping of str to CubeAxis
    sets : list of list of str
        The sets of surveys that saw a star, the most frequent first.
    per_set : list of int
        How many stars each of them saw.
    cell : ndarray of shape (n,)
        Nested HEALPix cells of `SKY_ORDER`.
    survey_set : ndarray of shape (n,)
        Numbers of the sets.
    units : mapping of str to ndarray of shape (n,)
        Units along each axis, `OFF_AXIS` or `NO_VALUE`.
    """

    source: str
    axes: Mapping[str, CubeAxis]
    sets: list[list[str]]
    per_set: list[int]
    cell: npt.NDArray[np.uint16]
    survey_set: npt.NDArray[np.uint16]
    units: Mapping[str, npt.NDArray[np.uint8]]

    @property
    def size(self) -> int:
        """How many stars there are."""
        return int(self.cell.size)

    def every(self, step: int) -> "CubeStars":
        """Return one in so many of the stars, spread over all."""
        return replace(
            self,
            cell=self.cell[::step],
            survey_set=self.survey_set[::step],
            units={name: units[::step] for name, units in self.units.items()},
        )


def choose_source(connection: duckdb.DuckDBPyConnection, objects: set[str]) -> str:
    """Return which table holds the stars' values on one scale; empty where none does.

    Those that the last calibration kept count if they are of what stands there now.
    Else the view is worked out, where the stars are few enough.
    """
    if {"scale.star_parameters", "scale.in_use", "meta.builds"} <= objects:
        ((kept,),) = connection.execute(
            "select count(*) from scale.star_parameters as kept "
            "inner join scale.in_use as in_use on kept.run_id = in_use.run_id "
            "where kept.built_of = ?",
            [built_of(connection)],
        ).fetchall()
        if kept:
            return "scale.star_parameters"
    if "main.parameters" in objects and _count(connection) <= MOST_LIVE:
        return "main.parameters"
    return ""


def read_stars(connection: duckdb.DuckDBPyConnection, source: str) -> CubeStars:
    """Read all stars, a batch at a time: nine bytes a star are kept.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse with ``main.stars``; read-only is enough.
    source : str
        What `choose_source` says.
    """
    connection.execute(_query("unit_of"))
    with parameters_at_hand(connection, source):
        axes = _fitted_axes(connection)
        rows = connection.execute(_query("sets")).fetchall()
        sets = [list(surveys) for surveys, _ in rows]
        values = parameters_of(axes) | {
            "shift": 2 * (29 - SKY_ORDER),
            "sets": [chr(31).join(surveys) for surveys in sets],
        }
        n = _count(connection)
        found: dict[str, npt.NDArray[Any]] = {
            "cell": np.empty(n, dtype=np.uint16),
            "survey_set": np.empty(n, dtype=np.uint16),
            **{name: np.empty(n, dtype=np.uint8) for name in axes},
        }
        done = 0
        found_rows = connection.sql(_query("stars"), params=values)
        for batch in found_rows.to_arrow_reader(_BATCH):
            for name, whole in found.items():
                whole[done : done + batch.num_rows] = np.from_dlpack(batch.column(name))
            done += batch.num_rows
    return CubeStars(
        source,
        axes,
        sets,
        [int(n) for _, n in rows],
        found["cell"],
        found["survey_set"],
        {name: found[name] for name in axes},
    )


@contextmanager
def parameters_at_hand(
    connection: duckdb.DuckDBPyConnection, source: str
) -> Iterator[str]:
    """Have ``cube_parameters``, values of the stars on one scale, within the block.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse; read-only is enough.
    source : str
        What `choose_source` says.

    Yields
    ------
    str
        The query that gives its rows.
    """
    query = _query(_QUERY_OF[source])
    # A view is worked out once, and not each time that it is read.
    what = "table" if source == "main.parameters" else "view"
    connection.execute(f"create or replace temp {what} cube_parameters as {query}")
    try:
        yield query
    finally:
        connection.execute(f"drop {what} if exists temp.cube_parameters")


def _fitted_axes(connection: duckdb.DuckDBPyConnection) -> dict[str, CubeAxis]:
    values = {
        name: value
        for name, value in parameters_of({axis.name: axis for axis in AXES}).items()
        if name.endswith(("_num", "_den"))
    }
    rows = connection.execute(_query("units"), values).fetchall()
    axes = {}
    for axis in AXES:
        of_axis = [(unit, n) for name, unit, n in rows if name == axis.name]
        units, stars = np.array(of_axis, dtype=np.int64).reshape(-1, 2).T
        axes[axis.name] = fit_axis(axis, units, stars)
    return axes


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    ((n,),) = connection.execute("select count(*) from main.stars").fetchall()
    return int(n)


def _query(name: str) -> str:
    text = (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")
