"""The page of the one scale: what it is, what it did, and whether its errors hold."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from stellarwh.report.charts.scales import draw_pulls, draw_scale_difference
from stellarwh.report.drawing import Drawing
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.of_scale import COMPARED, SHARED
from stellarwh.report.formats import MISSING, count, number, percent, signed
from stellarwh.report.pages.page import Figures, Page
from stellarwh.report.provenance import Provenance, without_folders
from stellarwh.report.quantities import Quantity, quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table

SCALE_FILE = "scale.html"
# The stars that are looked at, and what is gathered of them.
COUNTED = ("counted_stars", "scale_counts")
_GROUPS = {"giant": "giants", "dwarf": "dwarfs"}
_ORDER = {name: place for place, name in enumerate(COMPARED)}


def scale_page(
    reader: Reader,
    provenance: Provenance,
    surveys: Sequence[str],
    benchmarks: str = "",
) -> Page:
    """Return the page.

    Parameters
    ----------
    reader : Reader
        A warehouse with the views of ``sql/scales``.
    provenance : Provenance
        Of all that the warehouse holds.
    surveys : sequence of str
        Those that have rows.
    benchmarks : str
        File of the page of benchmark stars and clusters; empty where there is none.
    """
    (run,) = reader.rows("scale_in_use")
    run["sources"] = [without_folders(source) for source in run["sources"] or []]
    for stars, gathered in (SHARED, COUNTED):
        reader.gather_of_stars(stars, gathered)
    figures = Figures(reader)
    others = [name for name in surveys if name != run["reference"]]
    zero_points = figures("scale_zero_points")
    brought = _brought(zero_points)
    valued = {row["survey"] for row in zero_points.rows()} if zero_points else set()
    content = {
        "run": run,
        "data": _data(run),
        "shared": next(iter(reader.rows("shared_sample")), None),
        "counted": next(iter(reader.rows("counted_sample")), None),
        "benchmarks": benchmarks,
        "stale": [
            f"{row['survey'].upper()} ({row['reason']})"
            for row in reader.rows("scale_outdated")
        ],
        "differences": [
            (name, drawn)
            for name in others
            if (drawn := _differences(figures, name, run["reference"]))
        ],
        "published": _published(figures("scale_published")),
        "is_brought": bool(brought),
        "apart": [name for name in others if name in valued and name not in brought],
        "zero_points": _zero_points(zero_points),
        "terms": _terms(figures("scale_terms")),
        "errors": _errors(figures("scale_errors")),
        **_pulls(figures),
    }
    return Page(
        file=SCALE_FILE,
        title="One scale",
        group="Surveys",
        template="scale",
        provenance=provenance.seen_for(*surveys).with_runs([run]),
        content=content,
        figures=figures.asked,
    )


def _data(run: dict[str, Any]) -> str:
    """Say which of the files of a calibration are simulated."""
    sources = run["sources"]
    simulated = list(dict.fromkeys(s["survey"] for s in sources if s["is_simulated"]))
    others = list(dict.fromkeys(s["survey"] for s in sources if not s["is_simulated"]))
    if simulated and others:
        return (
            f"partly simulated: {', '.join(simulated)} by stellarwh simulate, "
            f"{', '.join(others)} not, or of unknown origin"
        )
    told = {True: "simulated by stellarwh simulate", False: "not simulated"}
    return told.get(run["is_simulated"], "not known")


def _differences(
    figures: Figures, survey: str, reference: str
) -> list[tuple[str, Drawing]]:
    found = []
    for name in COMPARED:
        drawing = draw_scale_difference(
            figures("scale_difference", survey=survey, quantity=name),
            f"difference-{survey}-{name}",
            survey,
            reference,
        )
        if drawing is not None:
            found.append((quantity(name).symbol, drawing))
    return found


def _pulls(figures: Figures) -> dict[str, Any]:
    """Return the drawings of pulls, and a line for each pair, quantity and scale."""
    drawings, lines = [], []
    for name in COMPARED:
        data = figures("scale_pulls", quantity=name)
        if not data:
            continue
        shown = quantity(name)
        drawings.append(draw_pulls(data, f"pulls-{name}", shown.symbol))
        for (left, right), own in groupby(
            data.rows(), lambda row: (row["survey_left"], row["survey_right"])
        ):
            of_scale = {row["scale"]: row for row in own}
            before, after = of_scale.get("measured"), of_scale.get("calibrated")
            lines.append(
                (
                    shown.symbol,
                    f"{left.upper()} − {right.upper()}",
                    *_spread(before),
                    *_spread(after),
                    count((after or before or {}).get("n_points")),
                )
            )
    headings = (
        "Quantity", "Surveys", "Spread before", "Within 1 σ",
        "Spread after", "Within 1 σ after", "Pairs",
    )  # fmt: skip
    return {"pulls": drawings, "spreads": table(headings, lines, text_columns=2)}


def _spread(row: dict[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return MISSING, MISSING
    return number(row["spread"], 2), percent(row["share_68"])


def _published(data: FigureData | None) -> Table | None:
    if not data:
        return None
    return table(
        ("Quantity", "Here, as measured", "Here, calibrated", "Published", "Stars"),
        (
            (
                shown.label,
                *(
                    f"{signed(row[name], digits)} ± "
                    f"{number(row[f'{name}_scatter'], digits)}"
                    for name in ("measured", "calibrated", "published")
                ),
                count(row["n"]),
            )
            for row in data.rows()
            for shown in (quantity(row["quantity"]),)
            for digits in (shown.digits,)
        ),
    )


def _brought(data: FigureData | None) -> set[str]:
    """Return the surveys that something is added to."""
    rows = data.rows() if data else []
    return {row["survey"] for row in rows if row["zero_point"] is not None}


def _zero_points(data: FigureData | None) -> Table | None:
    if not data:
        return None
    return table(
        (
            "Quantity", "Survey", "Zero point", "Scatter", "Stars of the fit",
            "Values", "Out of range", "Share",
        ),
        (
            (
                shown.label,
                row["survey"].upper(),
                _with_error(row["zero_point"], row["zero_point_err"], shown),
                number(row["scatter"], _digits(shown)),
                count(row["n"]),
                count(row["n_values"]),
                count(row["n_outside"]),
                percent(row["n_outside"], row["n_values"]),
            )
            for row in _sorted(data)
            for shown in (quantity(row["quantity"]),)
        ),
        text_columns=2,
    )  # fmt: skip


def _terms(data: FigureData | None) -> Table | None:
    if not data:
        return None
    rows = _sorted(data)
    names = dict(sorted({(row["position"], row["term"]) for row in rows})).values()
    lines = []
    for (name, survey), own in groupby(
        rows, lambda row: (row["quantity"], row["survey"])
    ):
        terms = {row["term"]: row for row in own}
        first = next(iter(terms.values()))
        shown = quantity(name)
        lines.append(
            (
                shown.label,
                survey.upper()
                + (f" over {first['via'].upper()}" if first["via"] else ""),
                *(
                    _with_error(
                        terms[term]["coefficient"],
                        terms[term]["coefficient_err"],
                        shown,
                    )
                    if term in terms and terms[term]["coefficient_err"] is not None
                    else MISSING
                    for term in names
                ),
                count(first["n"]),
            )
        )
    headings = (
        "Quantity",
        "Survey",
        *(name.replace("_", " ") for name in names),
        "Stars",
    )
    return table(headings, lines, text_columns=2)


def _errors(data: FigureData | None) -> Table | None:
    if not data:
        return None
    return table(
        (
            "Quantity", "Survey", "Group", "S/N", "From", "Factor", "Floor",
            "Factor of repeats", "Pairs", "Repeats",
        ),
        (
            (
                shown.label,
                row["survey"].upper(),
                _GROUPS.get(row["stage_group"], row["stage_group"]),
                _range(row["snr_low"], row["snr_high"]),
                row["method"],
                _with_plain_error(row["factor"], row["factor_err"]),
                number(row["floor_err"], _digits(shown)),
                number(row["repeat_factor"], 2),
                count(row["n"]),
                count(row["n_repeats"]),
            )
            for row in _sorted(data)
            for shown in (quantity(row["quantity"]),)
        ),
        text_columns=5,
    )  # fmt: skip


def _sorted(data: FigureData) -> list[dict[str, Any]]:
    """Return the rows with the parameters before the abundances."""
    return sorted(
        data.rows(),
        key=lambda row: (_ORDER.get(row["quantity"], len(_ORDER)), row["quantity"]),
    )


def _digits(shown: Quantity) -> int:
    # One decimal more than the glossary's: what is fitted has a small error.
    return min(shown.digits + 1, 3)


def _with_error(value: float | None, error: float | None, shown: Quantity) -> str:
    if value is None:
        return MISSING
    digits = _digits(shown)
    return f"{signed(value, digits)} ± {number(error, digits)}"


def _with_plain_error(value: float, error: float | None) -> str:
    return number(value, 2) + ("" if error is None else f" ± {number(error, 2)}")


def _range(low: float, high: float) -> str:
    if low <= 0 and high == float("inf"):
        return "any"
    if high == float("inf"):
        return f"{number(low, 0)} and more"
    return f"{number(low, 0)} to {number(high, 0)}"
