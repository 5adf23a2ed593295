"""The table of the columns of a catalogue: what they mean, and what they hold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from stellarwh.quoting import quote_text
from stellarwh.report.column_summary import BINS, ColumnSummary, TableSummary
from stellarwh.report.columns import count_nulls, summarise_table
from stellarwh.report.formats import MISSING, count, percent, plural
from stellarwh.report.names import cut
from stellarwh.report.reader import Reader

_LONGEST_VALUE = 24
# Of a histogram: width of a bin and height, in units of its drawing.
_STEP, _HEIGHT = 2, 10
# Of surveys: beyond about so many rows what columns hold is that of some of them.
_MOST_ROWS = 12_500
# Of surveys: lines that have a histogram, so that a page stays small enough.
_MOST_HISTOGRAMS = 260


@dataclass(frozen=True)
class ColumnLine:
    """One column as the page shows it: words, and a small histogram."""

    name: str
    table: str
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


@dataclass(frozen=True)
class ColumnTable:
    """Columns of one or of several tables.

    Parameters
    ----------
    lines : sequence of ColumnLine
        In the order of the page.
    ends : tuple of str
        What the lower and the upper end of a column's values are called.
    missing : str
        And what values that are missing are.
    sampled_rows : int or None
        From how many rows medians and histograms are, where not from all.
    has_types : bool
        Whether types are told.
    """

    lines: Sequence[ColumnLine]
    ends: tuple[str, str]
    missing: str
    sampled_rows: int | None = None
    has_types: bool = True

    @property
    def bins(self) -> int:
        """How many bins a histogram has."""
        return BINS

    @property
    def view_box(self) -> str:
        """Return the size of a histogram."""
        return f"0 0 {_STEP * BINS} {_HEIGHT}"

    @property
    def has_tables(self) -> bool:
        """Whether they are of more than one table."""
        return len({line.table for line in self.lines}) > 1

    @property
    def has_fillers(self) -> bool:
        """Whether any number stands for a missing one."""
        return any(line.fillers for line in self.lines)


def lines_of(reader: Reader, table: str, summary: TableSummary) -> list[ColumnLine]:
    """Return the columns of a raw table with all that is told of them."""
    facts = _facts(reader, table)
    lines = [
        _line(c, summary.rows, facts.get(c.name, {}), table) for c in summary.columns
    ]
    if summary.sampled_rows is None:
        return lines
    # Medians alone are of some rows.
    return [
        replace(line, median=f"≈ {line.median}") if line.bars else line
        for line in lines
    ]


def survey_columns(reader: Reader, survey: str, *, is_own: bool) -> ColumnTable:
    """Return the columns of a survey: those that surveys share, then its raw ones.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    survey : str
        Name of a survey.
    is_own : bool
        Whether it is a catalogue of the user's own: its raw columns have a page.
    """
    lines, sampled = _lines_of_some(reader, "main.measurements", survey)
    if not is_own and reader.has(f"raw.{survey}"):
        of_raw, of_so_many = _lines_of_some(reader, f"raw.{survey}", survey)
        lines += of_raw
        sampled = sampled or of_so_many
    lines[_MOST_HISTOGRAMS:] = [
        replace(line, bars="") for line in lines[_MOST_HISTOGRAMS:]
    ]
    return ColumnTable(
        lines,
        ends=("0.5 %", "99.5 %"),
        missing="NULL",
        sampled_rows=sampled,
        has_types=False,
    )


def _lines_of_some(
    reader: Reader, table: str, survey: str
) -> tuple[list[ColumnLine], int | None]:
    """Return the columns of a large table: NULLs of all rows, the rest of some."""
    stored, where = table, ""
    if table == "main.measurements":
        # Rows are taken by their number, which a view has not.
        stored = next(
            (
                name
                for name in (f"{table}_{survey}", f"{table}_others")
                if reader.has(name)
            ),
            table,
        )
        where = f"survey = {quote_text(survey)}"
    summary = summarise_table(
        reader.connection,
        stored,
        leave_out=["healpix"] if table != "main.measurements" else ["survey"],
        where=where,
        at_most=_MOST_ROWS,
    )
    if not summary.rows:
        return [], None
    nulls = _audited(reader, survey) if table == f"raw.{survey}" else {}
    if not nulls:
        names = [column.name for column in summary.columns]
        nulls = count_nulls(reader.connection, stored, names, where=where)
    facts = _facts(reader, table)
    lines = [
        _line(
            column,
            summary.rows,
            facts.get(column.name, {}),
            table.split(".")[0],
            n_missing=nulls.get(column.name, 0),
            sampled_rows=summary.sampled_rows or summary.rows,
        )
        for column in summary.columns
    ]
    return lines, summary.sampled_rows


def _facts(reader: Reader, table: str) -> dict[str, dict[str, Any]]:
    rows = reader.rows("column_facts", table=table)
    return {row["column_name"]: row for row in rows}


def _audited(reader: Reader, survey: str) -> dict[str, int]:
    """Return how many values of raw columns are NULL in staging, as counted before."""
    if not reader.has("meta.null_audit"):
        return {}
    rows = reader.rows("null_audit", survey=survey)
    return {row["column_name"]: row["n_null"] for row in rows}


def _line(
    column: ColumnSummary,
    rows: int,
    facts: Mapping[str, Any],
    table: str,
    *,
    n_missing: int | None = None,
    sampled_rows: int | None = None,
) -> ColumnLine:
    """Return a line; of some rows, ends are quantiles and words have shares."""
    low, high = column.low, column.high
    if sampled_rows is not None and column.ends is not None:
        low, high = column.ends
    if n_missing is None:
        n_missing = column.n_missing
    return ColumnLine(
        name=column.name,
        table=table,
        type=column.type,
        unit=facts.get("unit") or "",
        ucd=facts.get("ucd") or "",
        description=facts.get("description") or "",
        missing=f"{count(n_missing)} ({percent(n_missing, rows)})"
        if n_missing
        else "0" if rows else MISSING,
        fillers=count(column.n_fillers)
        if column.n_fillers and sampled_rows is None
        else "",
        low=_value(low),
        median=_value(column.median),
        high=_value(high),
        values=_values(column, sampled_rows),
        bars=_bars(column),
        alt=_alt(column),
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


def _values(column: ColumnSummary, sampled_rows: int | None) -> str:
    """Name the most frequent words and how often each occurs, of some rows in %."""
    if column.n_different is None:
        return ""
    if not column.frequent:
        return MISSING
    names = [cut(text, _LONGEST_VALUE) or "(empty)" for text, _ in column.frequent]
    n_most = column.frequent[0][1]
    if sampled_rows is not None:
        if n_most < 0.001 * sampled_rows:
            return f"many: {', '.join(names[:2])} …"
        return ", ".join(
            f"{name} ({percent(n, sampled_rows)})"
            for name, (_, n) in zip(names, column.frequent, strict=True)
        )
    if n_most == 1 and column.n_different > 1:
        return (
            f"{count(column.n_different)} values, all different: "
            f"{', '.join(names[:2])} …"
        )
    words = ", ".join(
        f"{name} ({count(n)})"
        for name, (_, n) in zip(names, column.frequent, strict=True)
    )
    rest = column.n_different - len(column.frequent)
    return words + (f", {plural(rest, 'other value')}" if rest else "")


def _bars(column: ColumnSummary) -> str:
    """Return the outline of a small histogram."""
    if not any(column.histogram) or column.bounds is None:
        return ""
    # From above; what is no more than half a unit high is to be seen all the same.
    unit = _HEIGHT / max(column.histogram)
    tops = (_HEIGHT - (max(1, round(unit * n)) if n else 0) for n in column.histogram)
    path = "".join(f"V{top}h{_STEP * len(list(bins))}" for top, bins in groupby(tops))
    return f"M0 {_HEIGHT}{path}V{_HEIGHT}z"


def _alt(column: ColumnSummary) -> str:
    """Say what the histogram shows."""
    if column.bounds is None:
        return ""
    low, high = (_value(end) for end in column.bounds)
    return f"Histogram from {low} to {high}"
