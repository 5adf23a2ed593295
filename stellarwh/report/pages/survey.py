"""The page of one survey."""

from collections.abc import Sequence
from typing import Any

from stellarwh.report.charts.bars import draw_bars
from stellarwh.report.charts.histogram import draw_signal_to_noise
from stellarwh.report.charts.plane import Plane, draw_plane
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.drawing import FULL_WIDTH, Drawing
from stellarwh.report.formats import count, percent
from stellarwh.report.pages.page import Page, file_name
from stellarwh.report.palette import ACCENT, WARNING
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table

_MOST_BARS = 25


def kiel_plane() -> Plane:
    """Return the Kiel diagram: Teff and log g, both reversed."""
    return Plane(
        title="Kiel diagram",
        points="kiel",
        x_label=quantity("teff").label,
        y_label=quantity("logg").label,
        z_label=quantity("fe_h").label,
        digits=(0, 1),
        reverse_x=True,
        reverse_y=True,
    )


def chemistry_plane() -> Plane:
    """Return the plane of [α/Fe] against [Fe/H]."""
    return Plane(
        title="[α/Fe]–[Fe/H] plane",
        points="chemistry",
        x_label=quantity("fe_h").label,
        y_label=quantity("alpha_fe").label,
        z_label=quantity("logg").label,
    )


# The first that a survey has data for is shown.
_MAGNITUDE_PLANES = (
    ("absolute_magnitude", "(BP − RP)$_0$ [mag]", "Absolute magnitude M$_G$ [mag]"),
    (
        "absolute_infrared_magnitude",
        "(J − Ks)$_0$ [mag]",
        "Absolute magnitude M$_{Ks}$ [mag]",
    ),
    ("infrared_magnitude", "(J − Ks)$_0$ [mag]", "Apparent magnitude Ks [mag]"),
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
    colour_magnitude, has_parallax = _draw_magnitudes(reader, survey)
    content = {
        "survey": survey,
        "counts": counts,
        "ingests": provenance.ingests_of(survey),
        "related": related,
        "kiel": draw_plane(reader, kiel_plane(), "kiel", survey=survey),
        "sky": draw_sky(reader, "sky", f"{survey.upper()} stars", survey=survey),
        "colour_magnitude": colour_magnitude,
        "has_parallax": has_parallax,
        "chemistry": draw_plane(reader, chemistry_plane(), "chemistry", survey=survey),
        "signal_to_noise": draw_signal_to_noise(reader, "snr", survey),
        **_rejections(reader, survey, counts["n_rows"]),
        **_flags(reader, survey, counts["n_rows"]),
        "null_audit": null_audit_table(reader, survey, counts["n_rows"]),
    }
    return Page(
        file=file_name(survey),
        title=survey.upper(),
        group="Surveys",
        template="survey",
        provenance=provenance.seen_for(survey),
        content=content,
    )


def _draw_magnitudes(reader: Reader, survey: str) -> tuple[Drawing | None, bool]:
    for points, x_label, y_label in _MAGNITUDE_PLANES:
        plane = Plane(
            title="Colour–magnitude diagram",
            points=points,
            x_label=x_label,
            y_label=y_label,
            z_label=quantity("fe_h").label,
            reverse_y=True,
        )
        drawing = draw_plane(reader, plane, "colour-magnitude", survey=survey)
        if drawing is not None:
            return drawing, points.startswith("absolute")
    return None, False


def _rejections(reader: Reader, survey: str, n_rows: int) -> dict[str, Any]:
    if not reader.has("main.rejections"):
        return {"rejections": None, "rejections_table": None}
    rows = reader.rows("rejections", survey=survey)
    cells = [(r["reason"], count(r["n"]), percent(r["n"], n_rows)) for r in rows]
    shown = rows[:_MOST_BARS]
    drawing = draw_bars(
        "rejections",
        f"Rows rejected per reason, of {count(n_rows)}: "
        + ", ".join(f"{reason} {n} ({share})" for reason, n, share in cells[:8])
        + ".",
        [r["reason"] for r in shown],
        [r["n"] for r in shown],
        [f"{count(r['n'])} · {percent(r['n'], n_rows)}" for r in shown],
        axis_label="Rows rejected for this reason",
        colours=WARNING,
        width=FULL_WIDTH,
    )
    return {
        "rejections": drawing,
        "rejections_table": table(("Reason", "Rows", "Share of all"), cells),
    }


def _flags(reader: Reader, survey: str, n_rows: int) -> dict[str, Any]:
    rows = reader.rows("quality_flags", survey=survey)
    headings = ("Flag", "What it says", "Rejects", "Rows", "Share of all")
    cells = [
        (
            row["flag"],
            row["description"] or "",
            "yes" if row["rejects"] else "no",
            count(row["n"]),
            percent(row["n"], n_rows),
        )
        for row in rows
    ]
    shown = rows[:_MOST_BARS]
    drawing = draw_bars(
        "flags",
        f"Rows that carry each quality flag, of {count(n_rows)}: "
        + ", ".join(f"{cell[0]} {cell[3]}" for cell in cells[:8])
        + ".",
        [row["flag"] for row in shown],
        [row["n"] for row in shown],
        [f"{count(row['n'])} · {percent(row['n'], n_rows)}" for row in shown],
        axis_label="Rows that carry this flag",
        colours=[WARNING if row["rejects"] else ACCENT for row in shown],
        width=FULL_WIDTH,
    )
    return {"flags": drawing, "flags_table": table(headings, cells, text_columns=3)}


def null_audit_table(reader: Reader, survey: str, n_rows: int) -> Table | None:
    """Return the values that were missing in a catalogue, by column and rule."""
    if not reader.has("meta.null_audit"):
        return None
    return table(
        ("Column", "Rule", "Layer", "Values", "Share of rows"),
        (
            (
                row["column_name"],
                row["rule"],
                row["layer"],
                count(row["n"]),
                percent(row["n"], n_rows),
            )
            for row in reader.rows("null_audit", survey=survey)
        ),
        text_columns=3,
    )
