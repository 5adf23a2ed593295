"""What a chart shows of which rows, and where: so that a page can tell it again.

A chart draws with matplotlib and says of each thing that it draws which row it is of.
A page takes along the rows and the places, compressed; the script of the page tells the
values of what lies under the pointer, and saves the rows.
"""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.figure import Column
from stellarwh.report.quantities import quantity

# A browser's whole numbers end here; larger ones are written as text.
_LARGEST = 2**53
# Formulas of axes, as words say them.
_WORDS = {"M$_G$": "in G", "M$_{Ks}$": "in Ks", "$_0$": "₀"}


def in_words(label: str) -> str:
    """Return the label of an axis without formulas."""
    for formula, words in _WORDS.items():
        label = label.replace(formula, words)
    return label


@dataclass(frozen=True)
class Marks:
    """Things on a pair of axes, one of each row.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where they are drawn.
    data : FigureData
        The rows; of a layer, or all.
    shown : sequence of str
        Columns that are told of a row.
    x, y : array-like of shape (n,)
        Where they are drawn, in data coordinates; not for cells.
    to_x, to_y : array-like of shape (n,)
        The opposite corner, where they are bars.
    cells : tuple or None
        Lower and upper end and number of cells along x, then along y, where the rows
        are cells with ``x_cell`` and ``y_cell``.
    columns : tuple of str
        What the places of a cell are called in the rows.
    words : mapping of str to str
        What a column is called when it is told.
    projection : str
        ``hammer``, where a place stands for a position on the sky.
    labels : tuple of str
        What x and y of a cell are called, where the axes do not say.
    core : float or None
        Where y is logarithmic beyond a core (`charts.trends.to_axis`): how far that
        reaches.
    """

    axes: Axes
    data: FigureData
    shown: Sequence[str]
    x: npt.ArrayLike | None = None
    y: npt.ArrayLike | None = None
    to_x: npt.ArrayLike | None = None
    to_y: npt.ArrayLike | None = None
    cells: tuple[float, float, int, float, float, int] | None = None
    columns: tuple[str, str] = ("x_cell", "y_cell")
    words: Mapping[str, str] = field(default_factory=dict)
    projection: str = ""
    labels: tuple[str, str] = ("", "")
    core: float | None = None

    @property
    def zooms(self) -> bool:
        """Whether they can be looked at more closely: cells of a plane can."""
        return self.cells is not None and not self.projection


def pack(figure: Figure, marks: Sequence[Marks]) -> str:
    """Return the rows and places of a chart as deflated JSON in base64.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn: the places are those of its axes now.
    marks : sequence of Marks
        What is on it.
    """
    tables: list[FigureData] = []
    panels: dict[int, dict[str, Any]] = {}
    celled: set[int] = set()
    size = figure.get_size_inches() * 72.0
    for own in marks:
        whole = own.data.all_rows
        place = next((i for i, t in enumerate(tables) if t is whole), len(tables))
        if place == len(tables):
            tables.append(whole)
        if own.cells is not None:
            celled.add(place)
        number = figure.axes.index(own.axes) + 1
        panel = panels.setdefault(number, {"axes": number} | _panel(own.axes, size))
        panel["marks"].append(_placed(own, place, size))
    text = json.dumps(
        {
            "panels": list(panels.values()),
            "tables": [
                _table(data, are_cells=place in celled)
                for place, data in enumerate(tables)
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _panel(axes: Axes, size: npt.NDArray[np.float64]) -> dict[str, Any]:
    box = axes.get_position()
    width, height = size
    return {
        "box": [
            round(float(value), 2)
            for value in (
                box.x0 * width,
                (1 - box.y1) * height,
                box.x1 * width,
                (1 - box.y0) * height,
            )
        ],
        "x": _scale(axes.get_xscale(), axes.get_xlim(), axes.get_xlabel()),
        "y": _scale(axes.get_yscale(), axes.get_ylim(), axes.get_ylabel()),
        "marks": [],
    }


def _scale(kind: str, domain: Sequence[float], label: str) -> dict[str, Any]:
    return {
        "scale": kind,
        "domain": [float(end) for end in domain],
        "label": in_words(label),
    }


def _placed(marks: Marks, table: int, size: npt.NDArray[np.float64]) -> dict[str, Any]:
    names = list(marks.data.columns)
    rows = marks.data.places
    told: dict[str, Any] = {
        "table": table,
        "shown": [
            [names.index(name), marks.words.get(name, "")] for name in marks.shown
        ],
        # As steps from one to the next: mostly ones, which take no room.
        "rows": None if rows is None else np.diff(rows, prepend=0).tolist(),
    }
    if marks.cells is not None:
        told |= {
            "cells": list(marks.cells),
            "places": [names.index(name) for name in marks.columns],
            "projection": marks.projection,
            "core": marks.core,
            "zooms": marks.zooms,
            "labels": [
                in_words(own or said)
                for own, said in zip(
                    marks.labels,
                    (marks.axes.get_xlabel(), marks.axes.get_ylabel()),
                    strict=True,
                )
            ],
        }
        return told
    told["x"], told["y"] = _on_page(marks.axes, marks.x, marks.y, size)
    if marks.to_x is not None:
        told["to_x"], told["to_y"] = _on_page(marks.axes, marks.to_x, marks.to_y, size)
    return told


def _on_page(
    axes: Axes, x: Any, y: Any, size: npt.NDArray[np.float64]
) -> tuple[list[float | None], list[float | None]]:
    """Return places in units of the drawing; those beyond the axes stand at an end."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    with np.errstate(all="ignore"):
        # Without this a logarithm of nothing would have no place at all.
        parts = axes.transAxes.inverted().transform(
            axes.transData.transform(np.column_stack([x.ravel(), y.ravel()]))
        )
    inside = np.clip(np.nan_to_num(parts, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    box = axes.get_position()
    width, height = size
    across = (box.x0 + inside[:, 0] * box.width) * width
    down = (1 - box.y0 - inside[:, 1] * box.height) * height
    known = np.isfinite(x.ravel()) & np.isfinite(y.ravel())
    return (
        [
            round(v, 1) if ok else None
            for v, ok in zip(across.tolist(), known, strict=True)
        ],
        [
            round(v, 1) if ok else None
            for v, ok in zip(down.tolist(), known, strict=True)
        ],
    )


def _table(data: FigureData, *, are_cells: bool) -> dict[str, Any]:
    known = {column.name: column for column in data.described}
    columns = [
        _column(name, known.get(name), values) for name, values in data.columns.items()
    ]
    return {
        "name": data.name,
        "columns": columns,
        "rows": [
            # Cells are thousands: of their means it is what is shown that is kept.
            _values(_to_digits(values, own["digits"]) if are_cells else values)
            for own, values in zip(columns, data.columns.values(), strict=True)
        ],
    }


def _to_digits(values: npt.NDArray[Any], digits: int | None) -> npt.NDArray[Any]:
    if digits is None or values.dtype.kind != "f":
        return values
    rounded: npt.NDArray[Any] = np.round(np.ma.getdata(values), digits)
    return np.ma.array(rounded, mask=np.ma.getmaskarray(values))


def _column(
    name: str, column: Column | None, values: npt.NDArray[Any]
) -> dict[str, Any]:
    """Return what is known of a column; ``digits`` only where its quantity says."""
    label = name.replace("_", " ")
    if column is not None:
        label = in_words(column.label) or column.description or label
    digits: int | None = None
    if values.dtype.kind in "iu":
        digits = 0
    elif column is not None and column.quantity:
        digits = quantity(column.quantity).digits
    return {
        "name": name,
        "label": label,
        "unit": column.unit if column is not None else "",
        "digits": digits,
    }


def _values(values: npt.NDArray[Any]) -> Any:
    """Return a column as JSON has it; the value alone where all rows have the same."""
    n = len(values)
    if n > 1 and values.dtype.kind in "iuf":
        rounded = _rounded(values)
        unknown = np.ma.getmaskarray(values)
        if unknown.all() or (not unknown.any() and (rounded == rounded[0]).all()):
            return {"all": _value(rounded[:1].tolist()[0]), "n": n}
        told = rounded.tolist()
        if values.dtype.kind == "f" and np.isfinite(np.ma.compressed(rounded)).all():
            return told
        return [_value(value) for value in told]
    told = [_value(value) for value in values.tolist()]
    if n > 1 and all(value == told[0] for value in told[1:]):
        return {"all": told[0], "n": n}
    return told


def _rounded(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return floats with as many digits as a single-precision number has."""
    if values.dtype.kind != "f":
        return values
    size = np.abs(np.ma.getdata(values)).astype(float)
    usual = np.isfinite(size) & (size >= 1e-6) & (size < 1e7)
    # A whole number over a power of ten is the double that is written shortest.
    power = 10.0 ** (6 - np.floor(np.log10(np.where(usual, size, 1.0))))
    close = np.where(usual, np.round(np.ma.getdata(values) * power) / power, values)
    return np.ma.array(close, mask=np.ma.getmaskarray(values))


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else str(value)
    if isinstance(value, float):
        # Infinity is no JSON.
        return float(f"{value:.7g}") if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(own)}" for key, own in value.items())
    if isinstance(value, Sequence):
        return ", ".join(str(_value(own)) for own in value)
    return str(value)
