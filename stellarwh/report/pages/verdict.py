"""What a reader should know before anything else: a line of verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.charts.residuals import BIAS_STARS, is_off
from stellarwh.report.formats import count, moment, number, percent, signed
from stellarwh.report.pages.run import run_file
from stellarwh.report.pages.scale import SCALE_FILE
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader

Row = dict[str, Any]
# Of a 68 % interval; a group that holds fewer or more is told as off.
_COVERAGE = 0.6827
_COVERAGE_OFF = 0.05


@dataclass(frozen=True)
class Verdict:
    """One verdict.

    Parameters
    ----------
    name : str
        Of what.
    says : str
        In a word or a number.
    remark : str
        The rest of it.
    state : str
        ``good``, ``bad``, or ``neutral`` where it is neither.
    file : str
        The page that has more; empty where none has.
    """

    name: str
    says: str
    remark: str
    state: str
    file: str = ""


def verdicts(
    reader: Reader, provenance: Provenance, runs: Sequence[Row], *, is_built: bool
) -> list[Verdict]:
    """Return what is to be said of the data, the build, the scale and the tasks."""
    if not provenance.ingests:
        return []
    told = [_files(provenance), _build(provenance, is_built=is_built)]
    told += _scale(reader) if is_built else []
    if runs:
        told.append(_runs(runs))
        bins = reader.rows("run_bins")
        told += _worst_bias(bins, runs) + _worst_coverage(bins, runs)
    return told


def _files(provenance: Provenance) -> Verdict:
    kinds = [row["is_simulated"] for row in provenance.ingests]
    simulated = [row["survey"] for row in provenance.ingests if row["is_simulated"]]
    if None in kinds:
        return Verdict("Files", "Origin unknown", "of some: see the table", "bad")
    if not simulated:
        return Verdict("Files", "Real", f"{count(len(kinds))} of {len(kinds)}", "good")
    says = "Simulated" if all(kinds) else "Partly simulated"
    return Verdict("Files", says, f"{count(len(simulated))} of {len(kinds)}", "neutral")


def _build(provenance: Provenance, *, is_built: bool) -> Verdict:
    if not is_built or provenance.built_at is None:
        return Verdict("Build", "Not built", "run 'stellarwh build'", "bad")
    # A report of a warehouse whose build is of other files is refused.
    remark = f"of the files that stand here, {moment(provenance.built_at)}"
    return Verdict("Build", "Fresh", remark, "good")


def _scale(reader: Reader) -> list[Verdict]:
    if not reader.has("scale.in_use", "scale.outdated"):
        return []
    rows = reader.rows("scale_in_use")
    if not rows:
        return []
    reference = str(rows[0]["reference"]).upper()
    if rows[0]["method"] != "fitted":
        remark = f"constant offsets to {reference}"
        return [Verdict("Scale", "Not calibrated", remark, "neutral", SCALE_FILE)]
    if reader.rows("scale_outdated"):
        remark = "calibrated on other data: run 'stellarwh calibrate'"
        return [Verdict("Scale", "Outdated", remark, "bad", SCALE_FILE)]
    return [Verdict("Scale", "Calibrated", f"to {reference}", "good", SCALE_FILE)]


def _runs(runs: Sequence[Row]) -> Verdict:
    stale = sum(bool(run["replaced_surveys"]) for run in runs)
    simulated = sum(any(s["is_simulated"] for s in run["sources"]) for run in runs)
    unknown = sum(not run["is_recorded"] for run in runs)
    parts = [
        f"{n} of {len(runs)} {what}"
        for n, what in (
            (simulated, "learned from simulated files"),
            (unknown, "of unknown files"),
        )
        if n
    ]
    if stale:
        return Verdict("Tasks", f"{stale} stale", "; ".join(parts), "bad")
    return Verdict("Tasks", "Current", "; ".join(parts) or "real files", "good")


def _worst_bias(bins: Sequence[Row], runs: Sequence[Row]) -> list[Verdict]:
    judged = [
        row | {"share": row["bias"] / row["sigma"]}
        for row in bins
        if row["stratum_kind"] == "bin"
        and row["n"] >= BIAS_STARS
        and row["bias"] is not None
        and row["sigma"]
    ]
    if not judged:
        return []
    worst = max(judged, key=lambda row: abs(row["share"]))
    state = "bad" if is_off(worst["share"], worst["n"]) else "good"
    return [
        Verdict(
            "Worst bias",
            f"{signed(worst['share'], 2)} σ",
            f"{_target(worst)}, {_bin(worst)}",
            state,
            _page(worst, runs),
        )
    ]


def _worst_coverage(bins: Sequence[Row], runs: Sequence[Row]) -> list[Verdict]:
    judged = [
        row
        for row in bins
        if row["stratum_kind"] == "group"
        and row["n"] >= BIAS_STARS
        and row["coverage_68"] is not None
    ]
    if not judged:
        return []
    worst = max(judged, key=lambda row: abs(row["coverage_68"] - _COVERAGE))
    far = abs(worst["coverage_68"] - _COVERAGE)
    return [
        Verdict(
            "Worst coverage",
            f"{percent(worst['coverage_68'])} in 68 %",
            f"{_target(worst)}, {worst['stratum']}",
            "bad" if far > _COVERAGE_OFF else "good",
            _page(worst, runs),
        )
    ]


def _target(row: Row) -> str:
    return f"{quantity(row['target']).symbol} of {row['task'].replace('_', ' ')}"


def _bin(row: Row) -> str:
    shown = quantity(row["axis"])
    low = number(row["axis_low"], shown.digits)
    if row["axis_high"] == float("inf"):
        return f"{shown.symbol} {low} and more"
    return f"{shown.symbol} {low} to {number(row['axis_high'], shown.digits)}"


def _page(row: Row, runs: Sequence[Row]) -> str:
    return next((run_file(run) for run in runs if run["task"] == row["task"]), "")
