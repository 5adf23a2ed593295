"""The overview."""

from collections.abc import Sequence
from typing import Any

from stellarwh.report.charts.overlap_sets import draw_overlap_sets
from stellarwh.report.charts.plane import draw_plane
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.formats import (
    DATA_KINDS,
    MISSING,
    count,
    moment,
    number,
    percent,
    plural,
    significant,
    size,
    year,
)
from stellarwh.report.pages.glance import glance
from stellarwh.report.pages.linked import json_of, linked_data, source_note
from stellarwh.report.pages.overlap import overlap_file
from stellarwh.report.pages.page import Figures, Page
from stellarwh.report.pages.verdict import verdicts
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table
from stellarwh.surveys.known import staged_surveys

Row = dict[str, Any]


def index_page(
    reader: Reader,
    provenance: Provenance,
    surveys: Sequence[Row],
    overlaps: Sequence[Row],
    runs: Sequence[Row],
    spectra: Sequence[Row],
    *,
    is_built: bool,
) -> Page:
    """Return the overview of a warehouse, however little it holds."""
    shown = provenance.with_spectra(spectra)
    figures = Figures(reader)
    sets = figures("overlap_sets") if is_built else None
    groups = sets.rows() if sets else []
    n_stars = sum(row["n"] for row in groups)
    draws = bool(surveys)
    own = [name for name in provenance.catalogues if name not in staged_surveys()]
    linked = linked_data(reader) if is_built else None
    content = {
        "linked": json_of(linked) if linked else "",
        "linked_source": source_note(linked) if linked else "",
        "asks_for_build": not is_built
        and (len(own) < len(provenance.catalogues) or bool(spectra)),
        "n_catalogues": len(provenance.catalogues),
        "has_own": any(reader.has(f"raw.{name}") for name in own),
        "cards": _cards(provenance, surveys, groups, runs, spectra),
        "spectra": spectra,
        "n_stars": n_stars,
        "stale_runs": [run for run in runs if run["replaced_surveys"]],
        "simulated_runs": [
            run for run in runs if any(row["is_simulated"] for row in run["sources"])
        ],
        "surveys": surveys,
        "overlaps": overlaps,
        "runs": runs,
        "ingests": _ingests(provenance),
        "overlap_table": _overlap_table(overlaps),
        "kiel": draw_plane(figures("kiel"), "kiel") if draws else None,
        "sky": draw_sky(figures("sky"), "sky", "stars") if draws else None,
        "sets": draw_overlap_sets(sets, "sets") if draws else None,
        "overlap_files": [
            overlap_file(row["survey_left"], row["survey_right"]) for row in overlaps
        ],
        "drawn_step": reader.rows("drawn_of_all")[0]["step"] if draws else 1,
        "verdicts": verdicts(reader, shown, runs, is_built=is_built),
        "lines": glance(reader, provenance, surveys, runs, spectra),
    }
    return Page(
        file="index.html",
        title="Overview",
        group="",
        template="index",
        provenance=shown,
        content=content,
        figures=figures.asked,
    )


def _cards(
    provenance: Provenance,
    surveys: Sequence[Row],
    groups: Sequence[Row],
    runs: Sequence[Row],
    spectra: Sequence[Row],
) -> list[tuple[str, str, str]]:
    """Return label, figure and remark of each summary card."""
    n_rows = sum(row["n_rows"] for row in surveys)
    n_clean = sum(row["n_clean"] for row in surveys)
    n_stars = sum(row["n"] for row in groups)
    n_shared = sum(row["n"] for row in groups if len(row["surveys"]) > 1)
    n_triple = sum(row["n"] for row in groups if len(row["surveys"]) > 2)
    n_catalogues = len(provenance.catalogues)
    of_all = (
        "Catalogue rows",
        count(sum(row["rows"] for row in provenance.ingests)),
        f"of {plural(n_catalogues, 'catalogue')}",
    )
    of_spectra = (
        "Spectra",
        count(sum(row["n"] for row in spectra)),
        "of " + ", ".join(row["survey"].upper() for row in spectra),
    )
    of_runs = ("Trained tasks", count(len(runs)), "latest run of each")
    of_file = ("Warehouse", size(provenance.bytes), provenance.name)
    # What is counted of surveys says nothing where there is none.
    if not surveys:
        held = [of_all] if n_catalogues else []
        held += [of_spectra] if spectra else []
        return [*held, *([of_runs] if runs else []), of_file]
    return [
        of_all,
        ("Physical stars", count(n_stars), "after cross-match"),
        ("Clean rows", percent(n_clean, n_rows), f"{count(n_clean)} rows"),
        (
            "In several surveys",
            count(n_shared),
            f"{count(n_triple)} in three or more",
        ),
        of_runs,
        of_file,
    ]


def _ingests(provenance: Provenance) -> Table:
    return table(
        ("Catalogue", "File", "Release", "Data", "Read", "Rows", "Columns", "Size",
         "Epoch"),
        (
            (
                row["survey"],
                row["file"],
                row["release"] or MISSING,
                DATA_KINDS[row["is_simulated"]],
                moment(row["ingested_at"]),
                count(row["rows"]),
                count(row["columns"]),
                size(row["size"]),
                year(row["epoch"]),
            )
            for row in provenance.ingests
        ),
        text_columns=5,
    )  # fmt: skip


def _overlap_table(overlaps: Sequence[Row]) -> Table:
    return table(
        ("Surveys", "Stars in common", "by Gaia id", "by position", "chance expected",
         "median separation [″]"),
        (
            (
                f"{row['survey_left'].upper()} × {row['survey_right'].upper()}",
                count(row["n_stars"]),
                count(row["n_by_id"]),
                count(row["n_by_position"]),
                significant(row["n_chance"], 2),
                number(row["median_separation"], 3),
            )
            for row in overlaps
        ),
    )  # fmt: skip
