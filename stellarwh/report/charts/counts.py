"""Rows that carry a flag or are rejected, and what features are worth, as bars."""

from typing import Any

from stellarwh.report.charts.bars import draw_bars
from stellarwh.report.drawing import FULL_WIDTH, Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, percent, plural
from stellarwh.report.palette import ACCENT, GRID, WARNING
from stellarwh.report.quantities import quantity

_MOST_BARS = 25
_MOST_FEATURES = 15
_WORDS = {
    "n_first": "rows with this first reason", "n": "all rows with this reason",
    "n_left": "rows that remain then",
}  # fmt: skip


def draw_rejections(data: FigureData | None, name: str) -> Drawing | None:
    """Draw all rows, what each reason takes away as the first one, and what is left.

    Reasons beyond the first ones are one bar, so that the bars add up.
    """
    if not data:
        return None
    rows = data.rows()
    n_rows, n_left = rows[0]["n_rows"], rows[-1]["n_left"]
    shown = rows[: _MOST_BARS if len(rows) <= _MOST_BARS else _MOST_BARS - 1]
    bars = [("all rows", n_rows, 0, count(n_rows), GRID)]
    bars += [
        (r["reason"], r["n_first"], r["n_left"], _taken(r, n_rows), WARNING)
        for r in shown
    ]
    if beyond := rows[len(shown) :]:
        taken = shown[-1]["n_left"] - n_left
        words = f"{count(taken)} · {percent(taken, n_rows)}"
        others = plural(len(beyond), "other reason")
        bars.append((others, taken, n_left, words, WARNING))
    words = f"{count(n_left)} · {percent(n_left, n_rows)}"
    bars.append(("rows that remain", n_left, 0, words, ACCENT))
    labels, values, starts, texts, colours = zip(*bars, strict=True)
    told = (f"{row['reason']} {count(row['n_first'])}" for row in rows[:8])
    alt = (
        f"Of {count(n_rows)} rows {count(n_left)} remain. "
        f"Rows by the first reason that rejects them: {', '.join(told)}"
    )
    if len(rows) > 8:
        alt += f"; {plural(len(rows) - 8, 'more reason')}"
    return draw_bars(
        name,
        alt + ".",
        labels,
        values,
        texts,
        axis_label="Rows",
        colours=colours,
        width=FULL_WIDTH,
        starts=starts,
        data=data,
        shown=("reason", "n_first", "n", "n_left"),
        first=1,
        words=_WORDS,
    )


def _taken(row: dict[str, Any], n_rows: int) -> str:
    """Say what a reason takes away, and in brackets all that it rejects if more."""
    if not row["n_first"]:
        return f"never the first ({count(row['n'])} in all)"
    text = f"{count(row['n_first'])} · {percent(row['n_first'], n_rows)}"
    if row["n"] > row["n_first"]:
        text += f" ({count(row['n'])} in all)"
    return text


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
