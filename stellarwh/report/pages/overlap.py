"""The page of two surveys that see the same stars."""

from typing import Any

from stellarwh.report.charts.histogram import draw_separations
from stellarwh.report.charts.residuals import draw_pair_residuals
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.drawing import Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.of_scale import COMPARED
from stellarwh.report.formats import MISSING, count, number, signed
from stellarwh.report.pages.page import Figures, Page, file_name
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table

_GROUPS = {"all": 0, "giant": 1, "dwarf": 2}


def overlap_file(left: str, right: str) -> str:
    """Return the file name of the page of two surveys."""
    return file_name("overlap", left, right)


def overlap_page(
    reader: Reader, provenance: Provenance, overlap: dict[str, Any]
) -> Page:
    """Return the page of one row of ``main.overlaps``."""
    left, right = overlap["survey_left"], overlap["survey_right"]
    pair = {"left": left, "right": right}
    reader.gather("pair_rows", **pair)
    figures = Figures(reader)
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
        "offsets": _offsets(figures("offsets", **pair), left, right),
        "residuals": _residuals(figures, left, right),
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


def _residuals(figures: Figures, left: str, right: str) -> list[tuple[str, Drawing]]:
    found = []
    for name in COMPARED:
        panels = [
            figures(
                "pair_residual", left=left, right=right, quantity=name, against=against
            )
            for against in ("teff", "fe_h")
        ]
        drawing = draw_pair_residuals(panels, f"residual-{name}", left, right)
        if drawing is not None:
            found.append((quantity(name).symbol, drawing))
    return found


def _offsets(data: FigureData | None, left: str, right: str) -> Table | None:
    if data is None:
        return None
    rows = [row for row in data.rows() if row["n"]]
    order = {name: place for place, name in enumerate(COMPARED)}
    rows.sort(
        key=lambda row: (
            order.get(row["quantity"], len(order)),
            row["quantity"],
            _GROUPS.get(row["stage_group"], len(_GROUPS)),
        )
    )
    return table(
        ("Quantity", "Stars", f"{left.upper()} − {right.upper()}", "Scatter", "n"),
        (_offset_cells(row) for row in rows),
        text_columns=2,
    )


def _offset_cells(row: dict[str, Any]) -> tuple[str, ...]:
    shown = quantity(row["quantity"])
    # One decimal more than the glossary's: an offset's error is small.
    digits = shown.digits + (1 if shown.digits == 0 else 0)
    error = row["offset_err"]
    spread = MISSING if error is None else number(error, digits)
    return (
        f"{shown.symbol} [{shown.unit}]" if shown.unit else shown.symbol,
        {"giant": "giants", "dwarf": "dwarfs"}.get(
            row["stage_group"], row["stage_group"]
        ),
        f"{signed(row['offset_value'], digits)} ± {spread}",
        number(row["scatter"], digits),
        count(row["n"]),
    )
