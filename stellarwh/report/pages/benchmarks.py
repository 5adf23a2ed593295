"""The page of stars whose values are known: benchmark stars and members of clusters."""

from typing import Any

from stellarwh.report.charts.references import draw_references, scale_name
from stellarwh.report.drawing import Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.known import OF_BENCHMARKS
from stellarwh.report.formats import MISSING, count, number, signed
from stellarwh.report.pages.page import Figures, Page
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table

BENCHMARKS_FILE = "benchmarks.html"
# The stars that are looked at, and what is gathered of them.
GATHERED = ("reference_stars", "benchmark_rows", "cluster_rows", "cluster_summaries")


def benchmarks_page(reader: Reader, provenance: Provenance) -> Page:
    """Return the page; there is one where a row is of such a star."""
    reader.gather_of_stars(*GATHERED)
    figures = Figures(reader)
    residuals = [
        (quantity(name).symbol, drawing)
        for name in OF_BENCHMARKS
        if (drawing := _residuals(figures, name)) is not None
    ]
    metallicities = draw_references(
        figures("cluster_metallicity"),
        "clusters",
        "Δ [Fe/H]",
        "members of clusters, less the literature,",
    )
    (counts,) = reader.rows("benchmark_counts")
    return Page(
        file=BENCHMARKS_FILE,
        title="Benchmark stars and clusters",
        group="Surveys",
        template="benchmarks",
        provenance=provenance,
        content={
            "counts": counts,
            "residuals": residuals,
            "medians": _medians(reader.rows("benchmark_medians")),
            "metallicities": metallicities,
            "clusters": _clusters(figures("cluster_scatter")),
        },
        figures=figures.asked,
    )


def _residuals(figures: Figures, name: str) -> Drawing | None:
    return draw_references(
        figures("benchmark_residual", quantity=name),
        f"benchmarks-{name}",
        f"Δ {quantity(name).label}",
        "benchmark stars, less the reference,",
    )


def _medians(rows: list[dict[str, Any]]) -> Table:
    return table(
        ("Values of", "Quantity", "Stars", "Median of value − reference", "Scatter"),
        (
            (
                scale_name(row["scale"], row["survey"]),
                f"{shown.symbol} [{shown.unit}]" if shown.unit else shown.symbol,
                count(row["n"]),
                signed(row["median"], max(shown.digits - 1, 0)),
                _or_missing(row["scatter"], max(shown.digits - 1, 0)),
            )
            for row in rows
            for shown in (quantity(row["quantity"]),)
        ),
        text_columns=2,
    )


def _clusters(data: FigureData | None) -> Table | None:
    if not data:
        return None
    return table(
        (
            "Cluster",
            "Values of",
            "Literature",
            "Source",
            "Median [Fe/H]",
            "Scatter",
            "Slope with log g",
            "Stars",
        ),
        (
            (
                row["cluster"],
                scale_name(row["scale"], row["survey"]),
                MISSING if row["literature"] is None else signed(row["literature"], 2),
                row["literature_source"] or MISSING,
                signed(row["median"], 3),
                _or_missing(row["scatter"], 3),
                MISSING
                if row["slope"] is None
                else f"{signed(row['slope'], 3)} ± {number(row['slope_err'], 3)}",
                count(row["n"]),
            )
            for row in data.rows()
        ),
        text_columns=4,
    )


def _or_missing(value: float | None, digits: int) -> str:
    return MISSING if value is None else number(value, digits)
