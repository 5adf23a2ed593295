"""The page of one star: how its values came to be, and where it stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import matplotlib as mpl
from markupsafe import Markup

from stellarwh.errors import UsageError
from stellarwh.explain import Explanation, Step
from stellarwh.report.charts.star import draw_place, draw_values
from stellarwh.report.folder import folder_for
from stellarwh.report.formats import MISSING, number, percent
from stellarwh.report.names import cut
from stellarwh.report.pages.page import Figures, Page
from stellarwh.report.palette import STYLE
from stellarwh.report.provenance import read_provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.site import environment, render
from stellarwh.report.tables import Table, table
from stellarwh.warehouse.files.whole_file import partial_file

_MOST_ROWS = 20
_GENERATOR = '<meta name="generator" content="stellarwh explain">'


def write_star(
    connection: duckdb.DuckDBPyConnection, told: Explanation, out: Path
) -> Path:
    """Write the page of a star, whole or not at all, and return its path.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The warehouse that the star is in; read-only will do.
    told : Explanation
        How its values came to be.
    out : Path
        The page; a file of that name is replaced.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    if out.is_dir():
        raise UsageError(f"{out} is a folder; name a file with --out.")
    with folder_for(out.parent):
        page = star_page(Reader(connection), told, out.name)
        templates = environment()
        # `report` clears away pages of its own that it does not write again.
        templates.globals["generator"] = Markup(_GENERATOR)
        text = render(templates, page, [page])
        try:
            with partial_file(out) as partial:
                partial.write_text(text, encoding="utf-8")
                partial.replace(out)
        except OSError as error:
            raise UsageError(
                f"{out} cannot be written ({error.strerror}); "
                "name another file with --out."
            ) from None
    return out


def star_page(reader: Reader, told: Explanation, file: str) -> Page:
    """Return the page of a star.

    Parameters
    ----------
    reader : Reader
        The warehouse that the star is in.
    told : Explanation
        How its values came to be.
    file : str
        Name of the page.
    """
    rows = reader.rows("star_rows", star_id=told.star_id)
    values = reader.rows("star_values", star_id=told.star_id)
    values = [row for row in values if row["quantity"] in told.quantities]
    figures = Figures(reader)
    surveys = list(dict.fromkeys(row["survey"] for row in rows))
    with mpl.rc_context(STYLE):
        places = [
            (
                survey,
                draw_place(
                    figures("kiel", survey=survey),
                    f"place-{survey}",
                    [row for row in rows if row["survey"] == survey],
                ),
            )
            for survey in surveys
        ]
        drawing = draw_values(values, "values")
    return Page(
        file=file,
        title=f"Star {told.star_id}",
        group="",
        template="star",
        provenance=read_provenance(reader).seen_for(*surveys),
        content={
            "told": told,
            "rows": rows,
            "places": [(survey, d) for survey, d in places if d is not None],
            "unplaced": [survey for survey, d in places if d is None],
            "values": drawing,
            "offsets": _offsets(values),
            "stages": [
                (stage, [(step, _rows(step)) for step in stage.steps])
                for stage in told.stages
            ],
        },
        figures=figures.asked,
    )


def _offsets(values: Sequence[dict[str, Any]]) -> Table:
    """Return what each survey gives less the mean of all, before and after."""
    lines = []
    for row in values:
        shown = quantity(row["quantity"])
        digits = shown.digits
        lines.append(
            (
                shown.label,
                str(row["survey"]).upper(),
                cut(str(row["source_id"])),
                _with_error(row["measured"], row["measured_err"], digits),
                _with_error(row["value"], row["err"], digits),
                number(row["from_mean"], digits),
                number(row["from_mean_sigma"], 1),
                percent(row["weight"]) if row["weight"] is not None else MISSING,
            )
        )
    return table(
        (
            *("Quantity", "Survey", "Row", "As measured", "On one scale"),
            *("less the star's value", "in errors", "Weight"),
        ),
        lines,
        text_columns=3,
    )


def _with_error(value: float | None, error: float | None, digits: int) -> str:
    if value is None:
        return MISSING
    return f"{number(value, digits)} ± {number(error, digits)}"


def _rows(step: Step) -> Table:
    """Return the rows that the query of a step gave, as text."""
    names = list(step.rows[0]) if step.rows else []
    cells = [
        tuple("NULL" if row[n] is None else str(row[n]) for n in names)
        for row in step.rows[:_MOST_ROWS]
    ]
    return Table(names, cells, text_columns=len(names))
