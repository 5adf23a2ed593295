"""The page of one catalogue of the user's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from stellarwh.errors import StellarwhError, SurveyError
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.columns import BINS, ColumnSummary, summarise_table
from stellarwh.report.formats import MISSING, count, percent, plural, year
from stellarwh.report.names import cut
from stellarwh.report.nearby import (
    Nearby,
    count_nearby,
    forget_positions,
    place_rows,
)
from stellarwh.report.pages.page import Figures, Page, file_name
from stellarwh.report.pages.survey import null_audit_table
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.declared import read_declared
from stellarwh.warehouse.stale_pairs import changed_catalogues

Row = dict[str, Any]
# Rows of the table of columns that stand open.
SHOWN_COLUMNS = 60
# Every catalogue is compared with every other; beyond this many, with surveys alone.
_MOST_COMPARED = 12
_LONGEST_VALUE = 24
_NO_POSITIONS = (
    "This catalogue was read without positions (--no-position): it has no sky, and "
    "nothing is matched with it by position. Where its file has some, ingest it again "
    "with --ra COLUMN --dec COLUMN --replace."
)


@dataclass(frozen=True)
class ColumnLine:
    """One column as the page shows it: words, and a small histogram."""

    name: str
    type: str
    unit: str
    ucd: str
    description: str
    missing: str
    fillers: str
    low: str
    median: str
    high: str
    values: str
    bars: str
    alt: str


def catalogue_file(name: str) -> str:
    """Return the file name of a catalogue's page."""
    return file_name("catalogue", name)


def catalogue_page(
    reader: Reader,
    provenance: Provenance,
    name: str,
    others: Sequence[str],
    *,
    is_built: bool,
) -> Page:
    """Return the page of one catalogue of the user's own.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    provenance : Provenance
        Of the whole warehouse.
    name : str
        The table is ``raw.<name>``.
    others : sequence of str
        All other catalogues that have rows, as ``raw.<other>`` is called.
    is_built : bool
        Whether there are stars of the surveys to compare with.
    """
    summary = summarise_table(reader.connection, f"raw.{name}", leave_out=["healpix"])
    facts = {
        row["column_name"]: row for row in reader.rows("column_facts", survey=name)
    }
    lines = [_line(c, summary.rows, facts.get(c.name, {})) for c in summary.columns]
    figures = Figures(reader)
    sky, placed, why_not = None, 0, ""
    compared: list[Nearby] = []
    try:
        if not provenance.has_positions(name):
            raise SurveyError(_NO_POSITIONS)
        positions = place_rows(reader.connection, f"raw.{name}")
        placed = positions.placed
        data = figures("sky_of_catalogue", table=f"raw.{name}")
        sky = draw_sky(data, "sky", f"rows of {cut(name)}", unit="Rows")
    except StellarwhError as error:
        why_not = str(error)
    finally:
        forget_positions(reader.connection)
    if placed:
        targets = [f"raw.{other}" for other in others[:_MOST_COMPARED]]
        if is_built:
            targets.append("main.stars")
        radius = reader.rows("match_radius")[0]["radius"]
        compared = [
            count_nearby(reader.connection, f"raw.{name}", target, radius)
            for target in targets
        ]
    met = {near.other for near in compared}
    seen = [other for other in others if f"raw.{other}" in met]
    if "main.stars" in met:  # of all surveys, however few are compared by themselves
        seen += [*staged_surveys(), *read_declared(reader.connection)]
    return Page(
        file=catalogue_file(name),
        title=name,
        group="Catalogues",
        template="catalogue",
        # What is counted near simulated stars is a number of theirs, too.
        provenance=replace(
            provenance.seen_for(name, *seen),
            replaced=changed_catalogues(reader.connection).get(name, []),
        ),
        content={
            "name": name,
            "ingests": provenance.ingests_of(name),
            "n_rows": summary.rows,
            "n_placed": placed,
            "sky": sky,
            "why_no_sky": why_not or "No row has a position.",
            "matches": _matches(compared, placed),
            "left_out": others[_MOST_COMPARED:] if placed else [],
            "remarks": [(near.other, " ".join(near.remarks)) for near in compared],
            "lines": lines,
            "shown_columns": SHOWN_COLUMNS,
            "sampled_rows": summary.sampled_rows,
            "has_fillers": any(c.n_fillers for c in summary.columns),
            "bins": BINS,
            "null_audit": null_audit_table(reader, name, summary.rows),
        },
        figures=figures.asked,
    )


def _matches(compared: Sequence[Nearby], placed: int) -> Table:
    return table(
        ("Compared with", "Rows with a partner", "Share", "Radius",
         "Positions compared", "Not moved"),
        (
            (
                near.other,
                count(near.rows),
                percent(near.rows, placed),
                f"{near.radius:g}″",
                MISSING if near.rows is None
                else "as they are" if near.epoch is None
                else f"at epoch {year(near.epoch)}",
                count(near.unmoved),
            )
            for near in compared
        ),
    )  # fmt: skip


def _line(column: ColumnSummary, rows: int, facts: Row) -> ColumnLine:
    bars, alt = _bars(column)
    return ColumnLine(
        name=column.name,
        type=column.type,
        unit=facts.get("unit") or "",
        ucd=facts.get("ucd") or "",
        description=facts.get("description") or "",
        missing=f"{count(column.n_missing)} ({percent(column.n_missing, rows)})"
        if column.n_missing
        else "0" if rows else MISSING,
        fillers=count(column.n_fillers) if column.n_fillers else "",
        low=_value(column.low),
        median=_value(column.median),
        high=_value(column.high),
        values=_values(column),
        bars=bars,
        alt=alt,
    )  # fmt: skip


def _value(value: Any) -> str:
    """Write a value of any size: whole numbers whole, others with six figures."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, float):
        text = f"{value:.6g}"
        if "e" in text and 1 <= abs(value) < 1e15:
            text = f"{value:.0f}"
        return text.replace("-", "−")
    return cut(str(value), _LONGEST_VALUE).replace("-", "−", isinstance(value, int))


def _values(column: ColumnSummary) -> str:
    """Name the most frequent words and how often each occurs."""
    if column.n_different is None:
        return ""
    if not column.frequent:
        return MISSING
    if column.frequent[0][1] == 1 and column.n_different > 1:
        return (
            f"{count(column.n_different)} values, all different: "
            + ", ".join(
                cut(text, _LONGEST_VALUE) or "(empty)"
                for text, _ in column.frequent[:2]
            )
            + " …"
        )
    words = ", ".join(
        f"{cut(text, _LONGEST_VALUE) or '(empty)'} ({count(n)})"
        for text, n in column.frequent
    )
    rest = column.n_different - len(column.frequent)
    return words + (f", {plural(rest, 'other value')}" if rest else "")


def _bars(column: ColumnSummary) -> tuple[str, str]:
    """Return the path of a small histogram, `BINS` by 8 units, and what it shows."""
    if not any(column.histogram) or column.bounds is None:
        return "", ""
    fullest = max(column.histogram)
    path = "".join(
        f"M{i} 8v-{max(0.3, 8 * n / fullest):.2g}h.9V8z"
        for i, n in enumerate(column.histogram)
        if n
    )
    low, high = (_value(end) for end in column.bounds)
    return path, f"Histogram of {cut(column.name)} from {low} to {high}."
