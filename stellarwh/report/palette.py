"""Colours and type of every chart.

A chart is drawn in placeholder colours. :mod:`stellarwh.report.drawing` turns each
placeholder into a CSS variable of the page, so that one inline SVG is legible on
light paper, on a dark screen and in print.
"""

import matplotlib as mpl
from matplotlib.colors import ListedColormap

INK = "#010101"
MUTED = "#010102"
GRID = "#010103"
PANEL = "#010104"
ACCENT = "#010105"
WARNING = "#010106"
GOOD = "#010107"

# Okabe and Ito's colour-blind-safe set; the page holds a lighter twin of each for dark.
SERIES = tuple(f"#0102{index:02d}" for index in range(1, 8))

CSS_VARIABLES: dict[str, str] = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PANEL: "var(--panel)",
    ACCENT: "var(--accent)",
    WARNING: "var(--warning)",
    GOOD: "var(--good)",
    **{colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, start=1)},
}


def _cut(name: str, low: float, high: float) -> ListedColormap:
    """Return the part of a colour map that stays visible on light and dark."""
    base = mpl.colormaps[name]
    steps = 256
    return ListedColormap(
        [base(low + (high - low) * i / (steps - 1)) for i in range(steps)]
    )


DENSITY = _cut("viridis", 0.12, 0.97)
VALUE = _cut("plasma", 0.08, 0.95)

STYLE: dict[str, object] = {
    "svg.hashsalt": "stellarwh",
    "svg.fonttype": "none",
    "figure.facecolor": "none",
    "figure.dpi": 72,
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    # A dollar sign in a name of the user's is one; `finish` knows the formulas.
    "text.parse_math": False,
    "axes.facecolor": PANEL,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.8,
    "ytick.labelsize": 7.8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7.8,
    "legend.frameon": False,
    "image.interpolation": "none",
    "image.composite_image": False,
    "mathtext.default": "regular",
    "axes.unicode_minus": True,
}
