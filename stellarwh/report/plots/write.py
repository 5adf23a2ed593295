"""Draw a figure for print and write it to a file."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from matplotlib.figure import Figure

from stellarwh import __version__
from stellarwh.errors import StellarwhError, UnfitError, UsageError, did_you_mean
from stellarwh.quoting import quote_identifier
from stellarwh.report.charts.coverage import shown_rows
from stellarwh.report.charts.plane import count_beyond
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.statement import read_step
from stellarwh.report.plots.kinds import KINDS, QUANTITIES
from stellarwh.report.plots.pairs import PANEL, draw_offsets
from stellarwh.report.plots.planes import draw_plane, draw_sky
from stellarwh.report.plots.runs import (
    LINE,
    RESIDUAL_HEIGHT,
    draw_coverage,
    draw_residuals,
)
from stellarwh.report.plots.style import (
    INCH,
    LEAST_WIDTH,
    MOST_WIDTH,
    MUTED,
    WIDTHS,
    printed,
)
from stellarwh.report.provenance import Provenance, read_provenance, read_runs
from stellarwh.report.reader import Reader
from stellarwh.warehouse.files.whole_file import partial_file
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.query.statement import read_statement

_FORMATS = ("pdf", "svg", "png")
# Beside what a catalogue row has, a condition may be of these.
_PHOTOMETRY = "bp_rp_0, j_ks_0, ks_mag, abs_g, abs_ks, parallax_over_error"
_NAMED = 12
# Of what DuckDB says: where in the text that a condition was put into, and the reason
# within an error of the report's.
_LINE = re.compile(r"\s*LINE \d+:.*", re.DOTALL)
_WITHIN = re.compile(r"does not fit this warehouse \((.*)\); run 'stellarwh build'")
# In place of the source of this name: every star of every survey.
_ALL_DRAWN = "select survey, 1::bigint as step from main.measurements group by survey"


@dataclass(frozen=True)
class Plot:
    """A figure that was written.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    of : str
        What it shows of what, in words.
    width, height : float
        mm.
    mark : str
        Whether the data are simulated.
    """

    path: Path
    of: str
    width: float
    height: float
    mark: str


@dataclass(frozen=True)
class _Drawn:
    """A figure before it is written, and what it is of."""

    figure: Figure
    of: str
    provenance: Provenance


def write_plot(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    out: Path,
    *,
    where: str | None = None,
    width: str | float = "column",
    overwrite: bool = False,
    **options: Any,
) -> Plot:
    """Draw a figure for print.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough.
    kind : str
        One of `KINDS`.
    out : Path
        The file: ``.pdf``, ``.svg`` or ``.png``.
    where : str, optional
        A condition in SQL, for rows with ``survey``, ``teff``, ``logg``, ``fe_h``,
        ``alpha_fe``, ``snr``, ``ra``, ``dec`` and more; of a run for the columns of the
        view of its task.
    width : str or float
        ``column`` (88 mm), ``page`` (180 mm) or mm.
    overwrite : bool
        Replace a file that exists.
    **options
        Those of the kind.

    Raises
    ------
    UsageError
        If something that is asked for is not there, or the condition is none.
    """
    require_current_build(connection)
    if kind not in KINDS:
        raise UsageError(f"There is no plot '{kind}'. {did_you_mean(kind, KINDS)}")
    given = {k: v for k, v in options.items() if v is not None and v is not False}
    for name in given:
        if name not in KINDS[kind].options:
            takers = ", ".join(k for k, v in KINDS.items() if name in v.options)
            raise UsageError(
                f"{kind} takes no {name}" + (f"; {takers} do." if takers else ".")
            )
    millimetres = _width_of(width)
    ending = out.suffix.lower().removeprefix(".")
    if ending not in _FORMATS:
        raise UsageError(
            f"{out} does not say the format; let its name end in .pdf, .svg or .png."
        )
    if out.exists() and not overwrite:
        raise UsageError(f"{out} exists already; add --overwrite to replace it.")
    reader = Reader(connection)
    with printed():
        draw = _OF[KINDS[kind].figure]
        drawn = draw(reader, kind, where, millimetres, **given)
        _mark(drawn)
        _save(drawn, out, kind, where, ending)
    wide, high = (round(float(s) * INCH, 1) for s in drawn.figure.get_size_inches())
    return Plot(out, drawn.of, wide, high, drawn.provenance.mark)


def _width_of(width: str | float) -> float:
    """Return a width in mm.

    Examples
    --------
    >>> _width_of("page"), _width_of("120")
    (180.0, 120.0)
    """
    if isinstance(width, str) and width in WIDTHS:
        return WIDTHS[width]
    try:
        millimetres = float(width)
    except ValueError:
        millimetres = float("nan")
    if not LEAST_WIDTH <= millimetres <= MOST_WIDTH:
        raise UsageError(
            f"The width is {width}; give column (88 mm), page (180 mm) or mm from "
            f"{LEAST_WIDTH:.0f} to {MOST_WIDTH:.0f}."
        )
    return millimetres


def _new(width: float, height: float) -> Figure:
    return Figure(figsize=(width / INCH, height / INCH))


def _plane(
    reader: Reader,
    kind: str,
    where: str | None,
    width: float,
    *,
    survey: str | None = None,
    mean: bool = False,
) -> _Drawn:
    """Draw a plane of two quantities, or the sky."""
    surveys = _surveys(reader)
    if survey is not None and survey not in surveys:
        raise UsageError(
            f"There is no survey '{survey}' here. {did_you_mean(survey, surveys)}"
        )
    given = _of_stars(reader, where)
    data = _rows(reader, KINDS[kind].figure, where, given, survey=survey)
    if data is None:
        raise UsageError(_nothing(kind, where, survey))
    figure = _new(width, width * (0.5 if kind == "sky" else 0.8))
    # A star has a row, with values of its own, of each survey that saw it.
    what = "stars" if survey is not None or len(surveys) == 1 else "measurements"
    if kind == "sky":
        draw_sky(figure, data, what)
    else:
        draw_plane(figure, data, what, colour="mean" if mean else None)
    provenance = read_provenance(reader)
    if survey is not None:
        provenance = provenance.seen_for(survey)
    n, beyond = data.first("n_points"), count_beyond(data)
    of = f"{n:,} {what}" + (f", {beyond:,} of them beyond the axes" if beyond else "")
    return _Drawn(figure, of, provenance)


def _offsets(
    reader: Reader,
    kind: str,
    where: str | None,
    width: float,
    *,
    left: str | None = None,
    right: str | None = None,
    against: str = "teff",
) -> _Drawn:
    """Draw what two surveys differ by."""
    if against not in ("teff", "fe_h"):
        raise UsageError(f"Offsets are against teff or fe_h, not {against}.")
    if left is None or right is None:
        left, right = _pair(reader, left, right)
    for survey in (left, right):
        if survey not in (surveys := _surveys(reader)):
            raise UsageError(
                f"There is no survey '{survey}' here. {did_you_mean(survey, surveys)}"
            )
    if left == right:
        raise UsageError(f"Offsets are of two surveys, not of {left} and itself.")
    given = _of_stars(reader, where)
    asked = (
        _rows(
            reader, "pair_residual", where, given,
            left=left, right=right, quantity=quantity, against=against,
        )
        for quantity in QUANTITIES
    )  # fmt: skip
    panels = [data for data in asked if data is not None]
    if not panels:
        raise UsageError(
            f"{left} and {right} share no clean star"
            + (f" for which {where}." if where else ".")
        )
    figure = _new(width, PANEL * len(panels) + 14)
    draw_offsets(figure, panels, left, right)
    most = max(data.first("n_points") for data in panels)
    return _Drawn(
        figure,
        f"{left} − {right}, {most:,} stars",
        read_provenance(reader).seen_for(left, right),
    )


def _pair(reader: Reader, left: str | None, right: str | None) -> tuple[str, str]:
    """Return the surveys that share most stars, one of them perhaps given."""
    known = left or right
    pairs = [
        (row["survey_left"], row["survey_right"])
        for row in sorted(reader.rows("overlaps"), key=lambda row: -row["n_stars"])
        if row["n_stars"] and (not known or known in row.values())
    ]
    if not pairs:
        raise UsageError(
            f"{known} shares a star with no other one here."
            if known
            else "No two surveys here share a star."
        )
    first, second = pairs[0]
    if (left and first != left) or (right and second != right):
        return second, first
    return first, second


def _residuals(
    reader: Reader, kind: str, where: str | None, width: float, **options: Any
) -> _Drawn:
    """Draw prediction against label."""
    run, panels = _of_run(reader, "prediction", where, **options)
    columns = 2 if width >= 140 and len(panels) > 1 else 1
    each = min(RESIDUAL_HEIGHT, width / columns * 1.15)
    figure = _new(width, each * -(-len(panels) // columns))
    draw_residuals(figure, panels, columns)
    return _drawn_of(reader, run, figure, panels)


def _coverage(
    reader: Reader, kind: str, where: str | None, width: float, **options: Any
) -> _Drawn:
    """Draw the share of labels inside intervals."""
    run, panels = _of_run(reader, "coverage", where, **options)
    panels = [data for data in panels if shown_rows(data)]
    if not panels:
        raise UsageError(f"The latest run of {run['task']} stored no intervals.")
    columns = 2 if width >= 140 and len(panels) > 1 else 1
    lines = max(len(shown_rows(data)) for data in panels)
    figure = _new(width, (18 + LINE * lines) * -(-len(panels) // columns))
    draw_coverage(figure, panels, columns)
    return _drawn_of(reader, run, figure, panels)


def _drawn_of(
    reader: Reader, run: dict[str, Any], figure: Figure, panels: Sequence[FigureData]
) -> _Drawn:
    names = ", ".join(str(data.asked.parameters["target"]) for data in panels)
    return _Drawn(
        figure, f"{run['task']}: {names}", read_provenance(reader).of_run(run)
    )


def _of_run(
    reader: Reader,
    figure: str,
    where: str | None,
    *,
    task: str | None = None,
    target: str | None = None,
) -> tuple[dict[str, Any], list[FigureData]]:
    """Return the latest run of a task, and the rows of a figure for its targets."""
    runs = {
        run["task"]: run
        for run in read_runs(reader)
        if run["is_latest"] and run["kind"] == "number"
    }
    if not runs:
        raise UsageError(
            "No task that learns numbers is trained here; run 'stellarwh train'."
        )
    if task is None and len(runs) > 1:
        raise UsageError(f"Say which task: --task {', '.join(sorted(runs))}.")
    name = task or next(iter(runs))
    if name not in runs:
        raise UsageError(
            f"No run of a task '{name}' that learns numbers is here. "
            f"{did_you_mean(name, runs)}"
        )
    run = runs[name]
    targets = list(run["targets"])
    if target is not None and target not in targets:
        raise UsageError(
            f"{name} has no target '{target}'. {did_you_mean(target, targets)}"
        )
    given = {}
    if where is not None:
        view = f"features.{quote_identifier(name)}"
        _check_where(reader, view, where)
        rows = read_step("sources/held_out_rows")
        given["held_out_rows"] = (
            f"select * from (\n{rows}\n) where star_id in "  # noqa: S608 - checked
            f"(select star_id from {view} where (\n{where}\n))"
        )
    panels = []
    for one in targets if target is None else [target]:
        data = _rows(reader, figure, where, given, run_id=run["run_id"], target=one)
        if data is not None:
            panels.append(data)
    if not panels:
        raise UsageError(_nothing(name, where, None))
    return run, panels


def _filtered(reader: Reader, source: str, where: str | None) -> dict[str, str]:
    """Return the source of a figure with a condition, if there is one."""
    if where is None:
        return {}
    rows = read_step(f"sources/{source}")
    _check_where(reader, f"(\n{rows}\n) as rows_of_it", where)
    return {source: f"select * from (\n{rows}\n) where (\n{where}\n)"}  # noqa: S608


def _of_stars(reader: Reader, where: str | None) -> dict[str, str]:
    """Return the rows of a plane for which a condition holds, with their photometry.

    Unlike on a page all stars are drawn, however many there are.
    """
    if where is None:
        return {"drawn_surveys": _ALL_DRAWN}
    source = read_step("sources/report_rows")
    rows = f"with drawn_surveys as (\n{_ALL_DRAWN}\n)\n{source}"
    wide = (
        f"(\nselect star.*, photometry.survey as photometry_survey,\n"
        f"    {_PHOTOMETRY}\nfrom (\n{rows}\n) as star\n"
        "left join main.star_photometry as photometry\n"
        "    on star.star_id = photometry.star_id\n) as rows_of_it"
    )
    _check_where(reader, wide, where)
    return {
        "drawn_surveys": _ALL_DRAWN,
        "report_rows": f"select * from {wide} where (\n{where}\n)",  # noqa: S608
        "colour_rows": "select * from report_rows where is_best and is_clean",
    }


def _check_where(reader: Reader, relation: str, where: str) -> None:
    """Refuse a condition that is none, or reads what is not there."""
    if not where.strip():
        raise UsageError("The condition is empty; leave it out, or give one.")
    # By itself, too: brackets around it would close what it leaves open.
    for alone in (where, f"(\n{where}\n)"):
        try:
            read_statement(f"select * from rows_of_it where {alone}\n")  # noqa: S608
        except StellarwhError as error:
            told = _LINE.sub("", str(error)).strip()
            if "syntax error" not in told:
                told = "it holds several statements"
            raise UsageError(
                f"The condition {where!r} is not what can stand behind 'where' in "
                f"SQL: {told}."
            ) from None
    try:
        # What it gives is looked at without any row.
        ((_, kind, *_),) = reader.connection.execute(
            f"describe select (\n{where}\n) as c from {relation}"  # noqa: S608
        ).fetchall()
    except duckdb.Error as error:
        told = first_line(str(error))
    else:
        if kind == "BOOLEAN":
            return
        raise UsageError(
            f"The condition {where!r} is neither true nor false but of the type "
            f"{kind.lower()}; compare it with something, as in 'fe_h < -1'."
        )
    columns = f"select * from {relation} limit 0"  # noqa: S608 - ours
    names = [c[0] for c in reader.connection.execute(columns).description or ()]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise UsageError(
        f"The condition {where!r} does not fit: {told}. Columns: "
        f"{', '.join(names[:_NAMED])}{more}."
    )


def _rows(
    reader: Reader,
    figure: str,
    where: str | None,
    given: dict[str, str],
    **parameters: Any,
) -> FigureData | None:
    """Return the rows of a figure; None where it has none."""
    try:
        data = reader.figure(figure, given, **parameters)
    except UnfitError as error:
        if where is None:
            raise
        told = _WITHIN.search(str(error))
        raise UsageError(
            f"The condition {where!r} cannot be worked out: "
            f"{told[1] if told else error}"
        ) from None
    if data is None:
        raise UnfitError("What it shows is not built yet; run 'stellarwh build'.")
    return data or None


def _surveys(reader: Reader) -> list[str]:
    if not reader.has("main.measurements"):
        raise UnfitError("The surveys are not built yet; run 'stellarwh build'.")
    rows = reader.connection.execute(read_step("known/surveys")).fetchall()
    return [str(survey) for (survey,) in rows]


def _nothing(what: str, where: str | None, survey: str | None) -> str:
    of = f" of {survey}" if survey else ""
    return f"No star{of} for {what}" + (f" for which {where}." if where else ".")


def _mark(drawn: _Drawn) -> None:
    """Say on the figure itself that its data are simulated."""
    if drawn.provenance.kind != "real":
        drawn.figure.suptitle(
            drawn.provenance.mark, x=0.995, ha="right", fontsize=5.5, color=MUTED
        )


def _save(drawn: _Drawn, out: Path, kind: str, where: str | None, ending: str) -> None:
    """Write the file, whole or not at all."""
    title = f"{KINDS[kind].says}, {drawn.of}"
    told = f"{drawn.provenance.mark}" + (f"; where {where}" if where else "")
    writer = f"stellarwh {__version__}"
    metadata = {
        "pdf": {
            "Title": title, "Subject": told, "Creator": writer, "CreationDate": None,
        },
        "svg": {"Title": title, "Description": told, "Creator": writer, "Date": None},
        "png": {"Title": title, "Description": told, "Software": writer},
    }[ending]  # fmt: skip
    try:
        with partial_file(out) as partial:
            drawn.figure.savefig(partial, format=ending, metadata=metadata)
            partial.replace(out)
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written ({error.strerror}); name another file with --out."
        ) from None


_OF: dict[str, Callable[..., _Drawn]] = {
    "kiel": _plane,
    "sky": _plane,
    "absolute_magnitude": _plane,
    "chemistry": _plane,
    "pair_residual": _offsets,
    "prediction": _residuals,
    "coverage": _coverage,
}
