"""The tables of the benchmark at real size, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

# Processor seconds and MB at the real sizes; GB for the warehouse.
BARS: dict[str, tuple[float, float]] = {
    "ingest, three files": (90, 800),
    "build": (60, 2000),
    "check": (30, 1500),
    "status": (0.8, 200),
    "train, seven tasks": (900, 3000),
    "predict, seven tasks": (110, 2000),
    "report": (30, 1000),
}
ON_DISK = "warehouse on disk, GB"
DISK_BAR = 3.5
# Milliseconds: of one star, of a query of the tour, of a feature view.
QUERY_BARS = {"one star of main.measurements": 10, "tour: ": 100, "features.": 2000}
# Our subject, the peer's, and how many times its speed is the bar.
RATIOS = (
    ("ingest apogee", "astropy Table.read → pandas → DuckDB, apogee", 4),
    (
        "stellarwh crossmatch, all pairs",
        "astropy match_coordinates_sky, nearest only",
        12,
    ),
    ("stellarwh crossmatch, all pairs", "STILTS tskymatch2", 20),
    (
        "main.survey_offsets, all groups of stars",
        "pandas merge and median, all stars only",
        None,
    ),
)

Rows = Sequence[Mapping[str, Any]]


def table_of(steps: Mapping[str, Rows], fraction: float) -> str:
    """Return all tables; bars are of the real sizes and of no others."""
    is_whole = fraction == 1
    rows = {row["name"]: row for found in steps.values() for row in found}
    size = "the real sizes" if is_whole else f"{fraction:g} of the real sizes, no bars"
    lines = [
        f"Simulated files of {size}.",
        "",
        "| command | processor s | bar | peak MB | bar | wall s | |",
        "|---|---|---|---|---|---|---|",
        *(
            _command(row, is_whole)
            for step, found in steps.items()
            for row in found
            if step not in ("queries", "size")
            and (row["processor"] is not None or row["failed"])
        ),
        *(_disk(row, is_whole) for row in rows.values() if row["name"] == ON_DISK),
        "",
        "| beside the peer, wall (processor) | ratio | bar |",
        "|---|---|---|",
        *_ratios(rows),
        "",
        "| query, median | ms | of processor | bar | |",
        "|---|---|---|---|---|",
        *(_query(row, is_whole) for row in steps.get("queries", ())),
    ]
    return "\n".join(lines)


def _command(row: Mapping[str, Any], is_whole: bool) -> str:
    name = row["name"]
    if row["failed"]:
        return f"| {name} | | | | | | failed: {row['failed']} |"
    processor, peak = row["processor"], row["peak_mb"]
    bars = BARS.get(name)
    said = ""
    if bars is not None and is_whole:
        missed = [
            what
            for what, figure, bar in (
                ("time", processor, bars[0]),
                ("memory", peak, bars[1]),
            )
            if figure > bar
        ]
        said = f"missed: {' and '.join(missed)}" if missed else "reached"
    bar_s, bar_mb = (f"{bar:g}" for bar in bars) if bars else ("", "")
    shown = "" if peak is None else f"{peak:,.0f}"
    return (
        f"| {name} | {processor:,.1f} | {bar_s} | {shown} | {bar_mb} | "
        f"{row['seconds']:,.1f} | {said} |"
    )


def _disk(row: Mapping[str, Any], is_whole: bool) -> str:
    if row["failed"]:
        return f"| {row['name']} | | | | | | failed: {row['failed']} |"
    said = "reached" if row["figure"] <= DISK_BAR else "missed"
    return (
        f"| {row['name']}: {row['figure']:.2f} (bar {DISK_BAR}) | | | | | | "
        f"{said if is_whole else ''} |"
    )


def _ratios(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for ours, theirs, bar in RATIOS:
        if any(name not in rows or rows[name]["failed"] for name in (ours, theirs)):
            continue
        wall = rows[theirs]["seconds"] / rows[ours]["seconds"]
        processor = rows[theirs]["processor"] / rows[ours]["processor"]
        told = "" if bar is None else f"{bar} x"
        lines.append(
            f"| {ours}: {rows[ours]['seconds']:.2f} s; {theirs}: "
            f"{rows[theirs]['seconds']:.2f} s | {wall:.1f} x ({processor:.1f} x) | "
            f"{told} |"
        )
    return lines


def _query(row: Mapping[str, Any], is_whole: bool) -> str:
    if row["failed"]:
        return f"| {row['name']} | | | | failed: {row['failed']} |"
    bars = [bar for start, bar in QUERY_BARS.items() if row["name"].startswith(start)]
    shown, said = "", ""
    if bars:
        shown = f"{bars[0]}"
        said = "reached" if row["figure"] <= bars[0] else "missed"
    name = row["name"].replace("|", "\\|")
    return (
        f"| {name} | {row['figure']:,.1f} | {1e3 * row['processor']:,.1f} | {shown} | "
        f"{said if is_whole else ''} |"
    )
