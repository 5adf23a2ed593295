"""Whether intervals hold the share of labels that they promise."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from stellarwh.report.drawing import HALF_WIDTH, Drawing, finish
from stellarwh.report.formats import percent
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, INK, MUTED, SERIES, WARNING


@dataclass(frozen=True)
class Coverage:
    """Share of labels inside the 68 % and 90 % intervals of one stratum."""

    stratum: str
    n: int
    inside_68: float | None
    inside_90: float | None


def draw_coverage(name: str, title: str, strata: Sequence[Coverage]) -> Drawing | None:
    """Draw one row per stratum, the promised shares as lines."""
    shown = [s for s in strata if s.inside_68 is not None and s.inside_90 is not None]
    if not shown:
        return None
    height = 1.1 + 0.26 * len(shown)
    left = 0.35 + 0.072 * max(len(cut(s.stratum)) for s in shown)
    figure = Figure(figsize=(HALF_WIDTH, height))
    axes = figure.add_axes(
        (
            left / HALF_WIDTH,
            0.5 / height,
            1 - (left + 0.2) / HALF_WIDTH,
            1 - 0.85 / height,
        )
    )
    rows = range(len(shown))
    for promised, colour, values in (
        (68, ACCENT, [s.inside_68 or 0.0 for s in shown]),
        (90, SERIES[0], [s.inside_90 or 0.0 for s in shown]),
    ):
        axes.axvline(promised, color=INK, linewidth=0.8, dashes=(4, 3))
        axes.axvspan(promised - 3, promised + 3, color=colour, alpha=0.12, linewidth=0)
        shares = [100 * value for value in values]
        axes.scatter(
            shares, rows, s=30, zorder=3, color=colour,
            label=f"{promised} % interval",
            edgecolors=[
                WARNING if abs(share - promised) > 3 else colour for share in shares
            ],
            linewidths=1.5,
        )  # fmt: skip
    axes.set_yticks(rows, [cut(s.stratum) for s in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    low = min(100 * (s.inside_68 or 0) for s in shown)
    axes.set_xlim(min(55, low - 4), 100)
    axes.set_xlabel("Labels inside the interval [%]")
    axes.tick_params(axis="y", length=0)
    axes.set_title(title)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1,
        handletextpad=0.2, columnspacing=1.0,
    )  # fmt: skip
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    alt = f"{title}, share of held-out labels inside the intervals: " + "; ".join(
        f"{s.stratum} {percent(s.inside_68)} of 68 % and {percent(s.inside_90)} of 90 %"
        for s in shown
    )
    return finish(figure, name, alt + ".")
