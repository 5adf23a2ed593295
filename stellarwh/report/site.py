"""Write the report: which pages there are, how they link, where they go."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import matplotlib as mpl
from markupsafe import Markup

from stellarwh.errors import UnfitError, UsageError
from stellarwh.report.figures.of_scale import SHARED
from stellarwh.report.folder import folder_for
from stellarwh.report.formats import FILTERS
from stellarwh.report.names import cut, short, shown
from stellarwh.report.pages.benchmarks import BENCHMARKS_FILE, benchmarks_page
from stellarwh.report.pages.benchmarks import GATHERED as OF_BENCHMARKS
from stellarwh.report.pages.catalogue import catalogue_page
from stellarwh.report.pages.checks import CHECKS_FILE, checks_page
from stellarwh.report.pages.cookbook import COOKBOOK_FILE, cookbook_page
from stellarwh.report.pages.index import index_page
from stellarwh.report.pages.lineage import LINEAGE_FILE, lineage_page
from stellarwh.report.pages.overlap import overlap_file, overlap_page
from stellarwh.report.pages.page import Page, catalogue_file, survey_file
from stellarwh.report.pages.run import run_file, run_page
from stellarwh.report.pages.run_sources import run_state
from stellarwh.report.pages.scale import COUNTED, SCALE_FILE, scale_page
from stellarwh.report.pages.spectra import SPECTRA_FILE, spectra_page
from stellarwh.report.pages.survey import survey_page
from stellarwh.report.palette import STYLE
from stellarwh.report.provenance import Provenance, read_provenance, read_runs
from stellarwh.report.reader import Reader
from stellarwh.runtime.interrupts import held
from stellarwh.runtime.progress import UNTOLD, Progress
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.files.whole_file import partial_file
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.memory import memory_limited

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_TAKE_NAMES = Path(__file__).resolve().parent / "take_names.py"
# Bundled from js/ by `make js`.
_SCRIPT = Path(__file__).resolve().parent / "static" / "report.js"
_GENERATOR = '<meta name="generator" content="stellarwh report">'
# What `build` makes and the charts read; without it the overview asks for a build.
_NEEDED = ("main.measurements", "main.star_photometry", "main.stars", "main.overlaps")
# What the page of benchmark stars reads; warehouses of earlier versions have none.
_BENCHMARKS = (
    "main.benchmark_stars",
    "main.benchmark_residuals",
    "main.cluster_members",
    "main.cluster_metallicities",
    "main.cluster_scatter",
)
# What the page of the one scale reads; warehouses of earlier versions have none.
_SCALE = (
    "scale.constant_offsets",
    "scale.in_use",
    "scale.outdated",
    "scale.places",
    "scale.values",
)
# What the page of spectra reads; warehouses of earlier versions have none.
_SPECTRA = (
    "raw.spectra",
    "raw.spectral_indices",
    "main.star_spectra",
    "main.parameters",
)
# A page that is still to be drawn: its file, and what draws it.
ToDraw = tuple[str, Callable[[], Page]]
# What several pages read, from what: looked at once, not once a page. The largest comes
# last, so that there is room for the others.
_GATHERED = {
    "offset_rows": "main.survey_offsets",
    "flag_rows": "main.measurements",
    "rejection_rows": "main.measurements",
    "drawn_surveys": "main.measurements",
    "report_rows": "main.measurements",
    "drawn_stars": "main.stars",
    "star_places": "ml.out_of_fold",
}
# The photometry of stars that are drawn: which ones, and what is gathered of them.
_COLOURS = ("report_rows", "colour_rows")
_GATHERED_BY_PAGES = (*_COLOURS, *SHARED, *COUNTED, *OF_BENCHMARKS, "repeat_rows")
# Views of which every query takes as long as all their rows, up to so many stars: those
# of millions do not fit in memory.
_WORKED_OUT, _FEW = ("parameters", "kinematics"), 100_000
# Of processor time for checks, and as much for the cookbook: where stars are few, and
# what a report of more has left.
_SECONDS, _SECONDS_OF_MANY = 4.0, 1.5
# For DuckDB, in MiB. What it gathers of eight million rows takes as much, and what does
# not fit goes to disk; charts take the rest of a gigabyte.
_MEMORY = 540
_GROUPS = ("", "Surveys", "Catalogues", "Overlaps", "Training runs", "Warehouse")


def write_report(
    connection: duckdb.DuckDBPyConnection, out: Path, *, progress: Progress = UNTOLD
) -> Path:
    """Write ``index.html`` and a page per survey, catalogue, overlap and training run.

    Each page is one file with all it needs inside. The latest run of a task has the
    page ``run-<task>.html``; earlier runs are linked from there, and their pages are
    written again only when their data have been replaced since. Pages that an earlier
    report left in the folder and that have no counterpart any more are removed.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough. It may be empty or not yet built.
    out : Path
        Folder of the pages; made where it is missing.
    progress : Progress
        Who is told which page is being drawn.

    Returns
    -------
    Path
        The overview page.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    SqlError
        If the warehouse's views do not fit the report's queries.
    WarehouseError
        If the last build is of other data than stand in the warehouse.
    """
    require_current_build(connection)
    with folder_for(out):
        return _draw_report(connection, out, progress)


def _draw_report(
    connection: duckdb.DuckDBPyConnection, out: Path, progress: Progress
) -> Path:
    """Draw the pages, then write them."""
    with pages_to_draw(connection, out, progress) as (to_draw, kept):
        pages = draw_pages(to_draw, progress)
    templates = environment()
    texts = {page.file: render(templates, page, pages) for page in pages}
    try:
        _write_pages(out, texts)
    except OSError as error:
        name = f"{Path(error.filename).name}: " if error.filename else ""
        raise UsageError(
            f"The report cannot be written to {out} ({name}{error.strerror}); "
            "name another folder with --out."
        ) from None
    _remove_stale_pages(out, set(texts) | kept)
    return out / "index.html"


@contextmanager
def pages_to_draw(
    connection: duckdb.DuckDBPyConnection, out: Path, progress: Progress = UNTOLD
) -> Iterator[tuple[list[ToDraw], set[str]]]:
    """Give what draws each page of a report, and what earlier runs may keep.

    The second are the files of all earlier runs. What several pages read is kept until
    the context ends: pages are drawn within it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough.
    out : Path
        Where they will be written: what stands there as it would be now is not drawn.
    progress : Progress
        Who is told what is being read.
    """
    with mpl.rc_context(STYLE), memory_limited(connection, _MEMORY):
        reader = Reader(connection)
        try:
            provenance = read_provenance(reader)
            runs = read_runs(reader)
            earlier = _earlier_runs(runs)
            to_draw = _gather_pages(reader, provenance, runs, earlier, progress)
            files = {
                run_file(run): run for of_task in earlier.values() for run in of_task
            }
            to_draw += [
                (file, partial(run_page, reader, provenance, run))
                for file, run in files.items()
                if not _is_written(out / file, run)
            ]
            yield to_draw, set(files)
        finally:
            reader.forget(*_GATHERED, *_GATHERED_BY_PAGES, *_WORKED_OUT)


def draw_pages(to_draw: Sequence[ToDraw], progress: Progress = UNTOLD) -> list[Page]:
    """Return pages, drawn.

    Parameters
    ----------
    to_draw : sequence
        All or some of what `pages_to_draw` gives.
    progress : Progress
        Who is told which page is being drawn.
    """
    drawn = []
    for number, (file, draw) in enumerate(to_draw):
        progress.reach(number, len(to_draw), f"report: {file}")
        drawn.append(draw())
    return drawn


def _write_pages(out: Path, texts: Mapping[str, str]) -> None:
    """Write all pages, or none: they take their names once all are whole."""
    with ExitStack() as stack:
        partials = {
            file: stack.enter_context(partial_file(out / file)) for file in texts
        }
        for file, text in texts.items():
            partials[file].write_text(text, encoding="utf-8")
        _take_names([(whole, out / file) for file, whole in partials.items()])


def _take_names(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Rename files, all or none, whatever ends this process meanwhile.

    Raises
    ------
    OSError
        If one cannot be renamed; all are as they were.
    """
    said = "".join(
        json.dumps([str(path.absolute()) for path in pair]) + "\n" for pair in pairs
    )
    with held():
        done = subprocess.run(
            [sys.executable, "-I", str(_TAKE_NAMES)],
            input=said + "end\n",
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise OSError(*(json.loads(done.stdout) if done.stdout else [5, "it ended"]))


def _earlier_runs(runs: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return by task its runs but the latest, newest first."""
    earlier: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        if not run["is_latest"]:
            earlier.setdefault(run["task"], []).append(run)
    return earlier


def _is_written(path: Path, run: dict[str, Any]) -> bool:
    """Return whether the page of an earlier run stands there as it would be now."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return f'content="{run_state(run)}"' in file.read(600)
    except OSError:
        return False


def _gather_pages(
    reader: Reader,
    provenance: Provenance,
    runs: Sequence[dict[str, Any]],
    earlier: dict[str, list[dict[str, Any]]],
    progress: Progress,
) -> list[ToDraw]:
    """Return what draws each page, by the name of its file."""
    surveys: list[dict[str, Any]] = []
    overlaps: list[dict[str, Any]] = []
    seconds = _SECONDS_OF_MANY
    is_built = reader.has(*_NEEDED)
    if not is_built and reader.rows("builds")[0]["n"]:
        missing = next(name for name in _NEEDED if not reader.has(name))
        raise UnfitError(
            f"{missing} of this warehouse is missing, though it was built; "
            "run 'stellarwh build' and try again."
        )
    if is_built:
        for name, needed in _GATHERED.items():
            if reader.has(needed):
                progress.stage(f"report: read {needed}")
                reader.gather(name)
        if reader.has("main.star_photometry"):
            progress.stage("report: read main.star_photometry")
            reader.gather_of_stars(*_COLOURS)
        if reader.rows("star_count")[0]["n"] <= _FEW:
            seconds = _SECONDS
            for name in _WORKED_OUT:
                if reader.has(f"main.{name}"):
                    progress.stage(f"report: read main.{name}")
                    reader.work_out(name)
        surveys = reader.rows("survey_counts")
        overlaps = [row for row in reader.rows("overlaps") if row["n_stars"]]
    latest = [run for run in runs if run["is_latest"]]
    spectra = _spectra(reader)
    index = partial(
        index_page,
        reader,
        provenance.with_runs(latest),
        surveys,
        overlaps,
        latest,
        spectra,
        is_built=is_built,
    )
    pages: list[ToDraw] = [("index.html", index)]
    pages += _gather_catalogues(reader, provenance, surveys)
    for row in surveys:
        related = [
            (
                overlap_file(pair["survey_left"], pair["survey_right"]),
                f"{pair['survey_left'].upper()} × {pair['survey_right'].upper()}",
            )
            for pair in overlaps
            if row["survey"] in (pair["survey_left"], pair["survey_right"])
        ]
        page = partial(survey_page, reader, provenance, row, related)
        pages.append((survey_file(row["survey"]), page))
    if len(surveys) > 1 and reader.has(*_SCALE) and reader.rows("scale_in_use"):
        page = partial(
            scale_page,
            reader,
            provenance,
            [r["survey"] for r in surveys],
            BENCHMARKS_FILE if _has_benchmarks(reader) else "",
        )
        pages.append((SCALE_FILE, page))
    if _has_benchmarks(reader):
        page = partial(benchmarks_page, reader, provenance)
        pages.append((BENCHMARKS_FILE, page))
    if is_built and spectra and reader.has(*_SPECTRA):
        pages.append((SPECTRA_FILE, partial(spectra_page, reader, provenance)))
    pages += [
        (
            overlap_file(row["survey_left"], row["survey_right"]),
            partial(overlap_page, reader, provenance, row),
        )
        for row in overlaps
    ]
    pages += [
        (
            run_file(run),
            partial(run_page, reader, provenance, run, earlier.get(run["task"], [])),
        )
        for run in latest
    ]
    if is_built:
        page = partial(checks_page, reader, provenance, seconds)
        pages.append((CHECKS_FILE, page))
        pages.append((LINEAGE_FILE, partial(lineage_page, reader, provenance)))
        page = partial(cookbook_page, reader, provenance, seconds)
        pages.append((COOKBOOK_FILE, page))
    return pages


def _spectra(reader: Reader) -> list[dict[str, Any]]:
    """Return how many spectra of each survey are held, and of how many stars."""
    if not reader.has("raw.spectra"):
        return []
    return reader.rows("spectra_counts" if reader.has(*_SPECTRA) else "spectra_held")


def _has_benchmarks(reader: Reader) -> bool:
    """Return whether a row is of a benchmark star or of a member of a cluster."""
    return reader.has(*_BENCHMARKS) and any(reader.rows("benchmark_counts")[0].values())


def _gather_catalogues(
    reader: Reader, provenance: Provenance, surveys: Sequence[dict[str, Any]]
) -> list[ToDraw]:
    """Return a page of every catalogue that is no survey with views of its own."""
    filled = {row["name"] for row in reader.rows("tables") if row["n_rows"]}
    standing = [name for name in provenance.catalogues if reader.has(f"raw.{name}")]
    with_rows = [
        name
        for name in standing
        if f"raw.{name}" in filled and provenance.has_positions(name)
    ]
    with_rows.sort(key=lambda name: name not in staged_surveys())
    return [
        (
            catalogue_file(name),
            partial(
                catalogue_page,
                reader,
                provenance,
                name,
                [other for other in with_rows if other != name],  # surveys first
                is_built=bool(surveys),
            ),
        )
        for name in standing
        if name not in staged_surveys()
    ]


def environment() -> jinja2.Environment:
    """Return what renders the templates, with the style sheet and the script."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(FILTERS)
    templates.filters["page_of"] = survey_file
    templates.filters |= {"short": short, "cut": cut}
    # The drawings, the style sheet and the script are ours, not text from a catalogue.
    templates.filters["inline"] = lambda text: Markup(text)
    templates.globals["css"] = (_TEMPLATES / "report.css").read_text("utf-8")
    templates.globals["script"] = _SCRIPT.read_text("utf-8").strip()
    templates.globals["generator"] = Markup(_GENERATOR)
    return templates


def render(templates: jinja2.Environment, page: Page, pages: Sequence[Page]) -> str:
    """Return the HTML of a page that is one of some."""
    navigation = [
        (group, [other for other in pages if other.group == group])
        for group in _GROUPS
        if any(other.group == group for other in pages)
    ]
    template = templates.get_template(f"{page.template}.html.j2")
    return template.render(
        page=page,
        provenance=page.provenance,
        navigation=navigation,
        files={other.file for other in pages},
        all_pages=pages,
        **page.content,
    )


def _remove_stale_pages(out: Path, written: set[str]) -> None:
    for path in out.glob("*.html"):
        if path.name in written:
            continue
        # Somebody else's page may be in any encoding or unreadable: it stays.
        with suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
            if _GENERATOR in file.read(600):
                path.unlink()
