"""The page of one catalogue of the user's own."""

from collections.abc import Sequence
from dataclasses import replace

from stellarwh.errors import StellarwhError, SurveyError
from stellarwh.report.charts.sky import draw_sky
from stellarwh.report.columns import summarise_table
from stellarwh.report.formats import MISSING, count, percent, year
from stellarwh.report.names import cut
from stellarwh.report.nearby import (
    Nearby,
    count_nearby,
    forget_positions,
    place_rows,
)
from stellarwh.report.pages.column_table import ColumnTable, lines_of
from stellarwh.report.pages.page import Figures, Page, catalogue_file
from stellarwh.report.pages.survey import null_audit_table
from stellarwh.report.provenance import Provenance
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.declared import read_declared
from stellarwh.warehouse.stale_pairs import changed_catalogues

# Every catalogue is compared with every other; beyond this many, with surveys alone.
_MOST_COMPARED = 12
_NO_POSITIONS = (
    "This catalogue was read without positions (--no-position): it has no sky, and "
    "nothing is matched with it by position. Where its file has some, ingest it again "
    "with --ra COLUMN --dec COLUMN --replace."
)


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
    lines = lines_of(reader, f"raw.{name}", summary)
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
            "columns": ColumnTable(
                lines,
                ends=("Smallest", "Largest"),
                missing="Missing",
                sampled_rows=summary.sampled_rows,
            ),
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
