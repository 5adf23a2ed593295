"""How well classes are predicted: confusion, and how honest the probability is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from stellarwh.report.drawing import Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, percent
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, INK, MUTED, PANEL, SERIES

# Orders that the field reads classes in; any other set of names stays alphabetical.
_ORDERS = (
    ("O", "B", "A", "F", "G", "K", "M"),
    ("dwarf", "turn-off", "subgiant", "RGB", "red clump", "horizontal branch"),
    ("I-II", "I", "II", "III", "IV", "V"),
)


def in_order(classes: Sequence[str]) -> list[str]:
    """Return class names in the order in which the field reads them."""
    for order in _ORDERS:
        if set(classes) <= set(order):
            return [name for name in order if name in classes]
    return sorted(classes)


def confusion_matrix(data: FigureData) -> tuple[list[str], np.ndarray]:
    """Return the class names and counts of shape (true class, predicted class)."""
    rows = data.rows()
    names = in_order(
        list({r["label_class"] for r in rows} | {r["predicted_class"] for r in rows})
    )
    matrix = np.zeros((len(names), len(names)), dtype=int)
    for row in rows:
        place = names.index(row["label_class"]), names.index(row["predicted_class"])
        matrix[place] = row["n"]
    return names, matrix


def draw_confusion(data: FigureData, name: str) -> Drawing:
    """Draw the share of each true class that got each predicted class."""
    names, matrix = confusion_matrix(data)
    n_classes = len(names)
    size = 4.4
    labels = [cut(text, 24) for text in names]
    longest = max(len(text) for text in labels)
    left = 0.5 + 0.075 * longest
    figure = Figure(figsize=(5.3, size))
    axes = figure.add_axes(
        (left / 5.3, 0.85 / size, 0.94 - left / 5.3, 0.95 - 0.95 / size)
    )
    totals = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, totals, where=totals > 0, out=np.zeros(matrix.shape))
    for row in range(n_classes):
        for column in range(n_classes):
            _draw_cell(axes, row, column, share[row, column], matrix[row, column])
    axes.set_xlim(-0.5, n_classes - 0.5)
    axes.set_ylim(n_classes - 0.5, -0.5)
    turned = longest > 6
    axes.set_xticks(
        range(n_classes), labels, rotation=25 if turned else 0,
        ha="right" if turned else "center",
    )  # fmt: skip
    axes.set_yticks(range(n_classes), labels)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class (label)")
    recalls = ", ".join(
        f"{text} {percent(share[i, i])} of {count(totals[i, 0])}"
        for i, text in enumerate(names)
    )
    x = np.array([names.index(row["predicted_class"]) for row in data.rows()])
    y = np.array([names.index(row["label_class"]) for row in data.rows()])
    marks = Marks(
        axes, data, ("label_class", "predicted_class", "n"), x - 0.48, y - 0.48,
        x + 0.48, y + 0.48, words={"n": "stars"},
    )  # fmt: skip
    alt = f"Confusion matrix; recall per class: {recalls}."
    return finish(figure, name, alt, [marks])


def _draw_cell(axes: Any, row: int, column: int, share: float, n: int) -> None:
    axes.add_patch(_square(column, row, ACCENT if row == column else SERIES[0], share))
    if n == 0:
        return
    axes.text(
        column, row, f"{100 * share:.0f}%\n{count(n)}", ha="center", va="center",
        fontsize=7.2, color=PANEL if share > 0.55 else INK, linespacing=1.25,
    )  # fmt: skip


def _square(x: float, y: float, colour: str, share: float) -> Any:
    return Rectangle(
        (x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, linewidth=0,
        alpha=0.0 if share == 0 else 0.08 + 0.92 * share,
    )  # fmt: skip


def draw_reliability(data: FigureData | None, name: str) -> Drawing | None:
    """Draw how often the predicted class was right against its probability."""
    if not data:
        return None
    figure, axes = new_axes(height=4.4)
    probability, accuracy = data.array("probability"), data.array("accuracy")
    n = data.array("n")
    # Half-width of a 95 % interval of a share.
    error = 1.96 * np.sqrt(np.clip(accuracy * (1 - accuracy), 1e-4, None) / n)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, dashes=(4, 3))
    axes.errorbar(
        probability, accuracy, yerr=error, color=ACCENT, ecolor=MUTED, marker="o",
        markersize=4, linewidth=1.4, elinewidth=0.9,
    )  # fmt: skip
    low = max(0.0, min(probability.min(), accuracy.min()) - 0.08)
    axes.set_xlim(low, 1.02)
    axes.set_ylim(low, 1.02)
    axes.set_xlabel("Probability of the predicted class")
    axes.set_ylabel("Share that was right")
    gap = float(np.sum(n * np.abs(accuracy - probability)) / n.sum())
    alt = (
        f"Reliability curve of {count(n.sum())} held-out stars: the share that was "
        f"right against the stated probability; mean gap {percent(gap)}."
    )
    marks = Marks(axes, data, ("probability", "accuracy", "n"), probability, accuracy)
    return finish(figure, name, alt, [marks])
