"""Rows that carry a flag or are rejected, and what features are worth, as bars."""

from typing import Any

from stellarwh.report.charts.bars import draw_bars
from stellarwh.report.drawing import FULL_WIDTH, Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, percent, plural
from stellarwh.report.palette import ACCENT, WARNING
from stellarwh.report.quantities import quantity

_MOST_BARS = 25
_MOST_FEATURES = 15


def draw_rejections(data: FigureData | None, name: str, n_rows: int) -> Drawing | None:
    """Draw how many of so many rows each reason rejects."""
    if not data:
        return None
    rows = data.rows()
    told = (
        f"{row['reason']} {count(row['n'])} ({percent(row['n'], n_rows)})"
        for row in rows[:8]
    )
    shown = rows[:_MOST_BARS]
    return draw_bars(
        name,
        f"Rows rejected per reason, of {count(n_rows)}: {', '.join(told)}.",
        [row["reason"] for row in shown],
        [row["n"] for row in shown],
        [_share(row, n_rows) for row in shown],
        axis_label="Rows rejected for this reason",
        colours=WARNING,
        width=FULL_WIDTH,
        data=data,
        shown=("reason", "n"),
    )


def draw_flags(data: FigureData | None, name: str, n_rows: int) -> Drawing | None:
    """Draw how many of so many rows carry each quality flag."""
    if not data:
        return None
    rows = data.rows()
    told = (f"{row['flag']} {count(row['n'])}" for row in rows[:8])
    shown = rows[:_MOST_BARS]
    return draw_bars(
        name,
        f"Rows that carry each quality flag, of {count(n_rows)}: {', '.join(told)}.",
        [row["flag"] for row in shown],
        [row["n"] for row in shown],
        [_share(row, n_rows) for row in shown],
        axis_label="Rows that carry this flag",
        colours=[WARNING if row["rejects"] else ACCENT for row in shown],
        width=FULL_WIDTH,
        data=data,
        shown=("flag", "n", "description", "rejects"),
    )


def draw_importances(data: FigureData | None, name: str) -> Drawing | None:
    """Draw what share of all importance the features have that have most."""
    if not data:
        return None
    rows = data.rows()
    shown = rows[:_MOST_FEATURES]
    symbol = quantity(data.asked.parameters["target"]).symbol
    method = rows[0]["method"]
    told = (f"{row['feature']} {percent(row['importance'])}" for row in shown[:6])
    return draw_bars(
        name,
        f"Feature importance for {symbol} by {method}: {', '.join(told)}; "
        f"{plural(len(rows), 'feature')} in all.",
        [row["feature"] for row in shown],
        [100 * row["importance"] for row in shown],
        [percent(row["importance"]) for row in shown],
        axis_label=f"Share of importance [%] ({method})",
        data=data,
        shown=("feature", "importance"),
    )


def _share(row: dict[str, Any], n_rows: int) -> str:
    return f"{count(row['n'])} · {percent(row['n'], n_rows)}"
