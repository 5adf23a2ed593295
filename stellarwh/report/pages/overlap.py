"""The page of two surveys that see the same stars."""

from typing import Any

from stellarwh.report.charts.histogram import draw_separations
from stellarwh.report.charts.offsets import draw_offsets
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.charts.trends import draw_pair_trends
from stellarwh.report.figures.of_scale import COMPARED, SCALE_PAIRS, SHARED
from stellarwh.report.pages.discrepant import discrepant_table
from stellarwh.report.pages.offsets import (
    compared_quantities,
    n_sampled,
    offset_matrix,
    scatter_table,
)
from stellarwh.report.pages.page import Figures, Page, file_name
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table

Row = dict[str, Any]


def overlap_file(left: str, right: str) -> str:
    """Return the file name of the page of two surveys."""
    return file_name("overlap", left, right)


def overlap_page(
    reader: Reader, provenance: Provenance, overlap: dict[str, Any]
) -> Page:
    """Return the page of one row of ``main.overlaps``."""
    left, right = overlap["survey_left"], overlap["survey_right"]
    pair = {"left": left, "right": right}
    figures = Figures(reader)
    scale = _scale(reader)
    if scale:
        reader.gather_of_stars(*SHARED)
    before = figures("offsets", **pair)
    after = figures("calibrated_offsets", **pair) if scale.get("is_fitted") else None
    order = compared_quantities(before)
    # As `pair_places` has it.
    other = left if scale.get("reference") == right else right
    content = {
        "left": left,
        "right": right,
        "overlap": overlap,
        "separations": draw_separations(
            figures("separation", **pair), "separation", left, right
        ),
        "sky": draw_sky(
            figures("sky_of_pair", **pair),
            "sky",
            f"stars of both {left.upper()} and {right.upper()}",
        ),
        "scale": scale,
        "shared": next(iter(reader.rows("shared_sample")), None) if scale else None,
        "offsets": draw_offsets(before, after, order, "offsets", left, right),
        "matrix": offset_matrix(before, after, order),
        "sampled": n_sampled(before, after),
        "scatter": scatter_table(before, after, order),
        "trends": _trends(figures, left, right, other),
        "discrepant": _discrepant(figures, left, right),
    }
    return Page(
        file=overlap_file(left, right),
        title=f"{left.upper()} × {right.upper()}",
        group="Overlaps",
        template="overlap",
        provenance=provenance.seen_for(left, right),
        content=content,
        figures=figures.asked,
    )


def _scale(reader: Reader) -> Row:
    """Return which scale is in use; empty where the warehouse has none."""
    if not reader.has(*SCALE_PAIRS, "scale.in_use", "scale.runs"):
        return {}
    found = reader.rows("scale_in_use")
    if not found:
        return {}
    outdated = reader.rows("scale_outdated") if reader.has("scale.outdated") else []
    return {
        **found[0],
        "is_fitted": found[0]["method"] == "fitted",
        "stale": [row["survey"] for row in outdated],
    }


def _trends(figures: Figures, left: str, right: str, other: str) -> list[Row]:
    """Return per quantity its drawing, its number of stars, and where y is linear."""
    found = []
    for name in COMPARED:
        data = figures("pair_trend", left=left, right=right, quantity=name)
        drawing = draw_pair_trends(data, f"trend-{name}", left, right, other)
        if data and drawing is not None:
            found.append(
                {
                    "symbol": quantity(name).symbol,
                    "drawing": drawing,
                    "n": data.first("n_points"),
                    "core": data.first("core"),
                }
            )
    return found


def _discrepant(
    figures: Figures, left: str, right: str
) -> list[tuple[str, str, Table, str]]:
    """Return per quantity its name, symbol, most discrepant stars and their SQL."""
    found = []
    for name in COMPARED:
        data = figures("discrepant_stars", left=left, right=right, quantity=name)
        lines = discrepant_table(name, data, left, right)
        if data and lines:
            found.append((name, quantity(name).symbol, lines, data.sql))
    return found
