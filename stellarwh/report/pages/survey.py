"""The page of one survey."""

from collections.abc import Sequence
from typing import Any

from stellarwh.report.charts.counts import draw_flags, draw_rejections
from stellarwh.report.charts.errors import (
    draw_repeat_pulls,
    draw_repeat_scatter,
    draw_stated_errors,
)
from stellarwh.report.charts.histogram import draw_signal_to_noise
from stellarwh.report.charts.plane import draw_plane
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.drawing import Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number, percent, significant
from stellarwh.report.pages.column_table import survey_columns
from stellarwh.report.pages.page import Figures, Page, catalogue_file, survey_file
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table
from stellarwh.surveys.known import staged_surveys

# The first that a survey has data for is shown.
_MAGNITUDES = (
    "absolute_magnitude",
    "absolute_infrared_magnitude",
    "infrared_magnitude",
)


def survey_page(
    reader: Reader,
    provenance: Provenance,
    counts: dict[str, Any],
    related: Sequence[tuple[str, str]],
) -> Page:
    """Return the page of one survey.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    provenance : Provenance
        Of the whole warehouse.
    counts : dict
        The survey's row of ``queries/survey_counts.sql``.
    related : sequence of (file, title)
        Overlap pages of this survey.
    """
    survey = counts["survey"]
    figures = Figures(reader)
    (drawn,) = reader.rows("drawn_of_survey", survey=survey)
    kiel = draw_plane(figures("kiel", survey=survey), "kiel")
    sky = draw_sky(figures("sky", survey=survey), "sky", f"{survey.upper()} stars")
    colour_magnitude, has_parallax = _draw_magnitudes(figures, survey)
    n_rows = counts["n_rows"]
    is_own = survey not in staged_surveys()
    # Stars have the photometry of whichever survey has most of it.
    lenders = (
        [row["survey"] for row in reader.rows("photometry_sources", survey=survey)]
        if colour_magnitude is not None
        else []
    )
    seen = provenance.seen_for(survey, *lenders)
    content = {
        "survey": survey,
        "counts": counts,
        "drawn": drawn,
        "is_own": is_own,
        "catalogue": catalogue_file(survey),
        "lenders": [
            name.upper() + (" (simulated)" if name in seen.simulated_surveys else "")
            for name in lenders
        ],
        "ingests": provenance.ingests_of(survey),
        "related": related,
        "kiel": kiel,
        "sky": sky,
        "colour_magnitude": colour_magnitude,
        "has_parallax": has_parallax,
        "chemistry": draw_plane(figures("chemistry", survey=survey), "chemistry"),
        "signal_to_noise": draw_signal_to_noise(
            figures("signal_to_noise", survey=survey), "snr"
        ),
        **_errors(reader, figures, survey),
        **_rejections(figures("rejections", survey=survey), n_rows),
        **_flags(figures("quality_flags", survey=survey), n_rows),
        "null_audit": null_audit_table(reader, survey, n_rows),
        "columns": survey_columns(reader, survey, is_own=is_own),
    }
    return Page(
        file=survey_file(survey),
        title=survey.upper(),
        group="Surveys",
        template="survey",
        provenance=seen,
        content=content,
        figures=figures.asked,
    )


def _draw_magnitudes(figures: Figures, survey: str) -> tuple[Drawing | None, bool]:
    for name in _MAGNITUDES:
        drawing = draw_plane(figures(name, survey=survey), "colour-magnitude")
        if drawing is not None:
            return drawing, name.startswith("absolute")
    return None, False


def _errors(reader: Reader, figures: Figures, survey: str) -> dict[str, Any]:
    """Return what a survey states of its errors, and what its repeats say of them."""
    stated = draw_stated_errors(
        figures("stated_errors", survey=survey), "stated-errors"
    )
    reader.gather("repeat_rows", survey=survey)
    pulls = figures("repeat_pulls", survey=survey)
    repeats = figures("repeat_scatter", survey=survey)
    reader.forget("repeat_rows")
    rows = [row for row in repeats.rows() if row["x_low"] is None] if repeats else []
    headings = ("Quantity", "Pairs", "Scatter of differences",
                "Their stated error (median)", "Scatter / error")  # fmt: skip
    cells = []
    for row in rows:
        of = quantity(row["quantity"])
        factor, error = row["factor"], row["factor_err"]
        digits = 2 if error >= 0.005 else 4
        cells.append(
            (
                of.symbol,
                count(row["n"]),
                f"{significant(row['scatter'])} {of.unit}",
                f"{significant(row['stated'])} {of.unit}",
                f"{number(factor, digits)} ± {number(error, digits)}",
            )
        )
    return {
        "stated_errors": stated,
        "repeat_pulls": draw_repeat_pulls(pulls, "repeat-pulls"),
        "repeat_scatter": draw_repeat_scatter(repeats, "repeat-scatter"),
        "repeats_table": table(headings, cells),
    }


def _rejections(data: FigureData | None, n_rows: int) -> dict[str, Any]:
    rows = data.rows() if data else []
    cells = [
        (
            r["reason"],
            count(r["n_first"]),
            percent(r["n_first"], n_rows),
            count(r["n_left"]),
            count(r["n"]),
            percent(r["n"], n_rows),
        )
        for r in rows
    ]
    headings = ("Reason", "First reason of", "Share", "Rows that remain",
                "All rows with it", "Share of all")  # fmt: skip
    return {
        "rejections": draw_rejections(data, "rejections"),
        "rejections_table": table(headings, cells),
    }


def _flags(data: FigureData | None, n_rows: int) -> dict[str, Any]:
    headings = ("Flag", "What it says", "Rejects", "Rows", "Share of all")
    cells = [
        (
            row["flag"],
            row["description"] or "",
            "yes" if row["rejects"] else "no",
            count(row["n"]),
            percent(row["n"], n_rows),
        )
        for row in (data.rows() if data else [])
    ]
    return {
        "flags": draw_flags(data, "flags", n_rows),
        "flags_table": table(headings, cells, text_columns=3),
    }


def null_audit_table(reader: Reader, survey: str, n_rows: int) -> Table | None:
    """Return how many values of each column are NULL, and what made them so."""
    if not reader.has("meta.null_audit"):
        return None
    return table(
        ("Column", "What makes it NULL", "NULL", "Share of rows", "In the file",
         "Sentinels and NaN"),
        (
            (
                row["column_name"],
                ", ".join(
                    f"{rule} {count(n)}" if len(row["rules"]) > 1 else rule
                    for rule, n in zip(row["rules"], row["counts"], strict=True)
                ),
                count(row["n_null"]),
                percent(row["n_null"], n_rows),
                count(row["n_null"] - row["n_sentinel"]),
                count(row["n_sentinel"]),
            )
            for row in reader.rows("null_audit", survey=survey)
        ),
        text_columns=2,
    )  # fmt: skip
