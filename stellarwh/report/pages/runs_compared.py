"""Runs of one task beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.formats import count
from stellarwh.report.pages.metrics import metric_heading, metric_value
from stellarwh.report.pages.run_facts import moment
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader

Row = dict[str, Any]
_COMPARED = (
    "bias", "sigma", "mae", "r2", "coverage_68", "coverage_90",
    "accuracy", "balanced_accuracy", "ece", "set_size",
)  # fmt: skip
# A page has room for so many; older ones are linked by their moments.
_MOST = 12


@dataclass(frozen=True)
class ComparedRun:
    """One run in a table of runs of one target.

    Parameters
    ----------
    file : str
        Name of its page; empty for the run that the page is of.
    moment : str
        When it was trained.
    cells : tuple of str
        What it was trained with, and what was measured.
    """

    file: str
    moment: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """The runs of a task, for one target.

    Parameters
    ----------
    symbol : str
        Of the target.
    headings : tuple of str
        Of the cells.
    runs : list of ComparedRun
        Newest first.
    """

    symbol: str
    headings: tuple[str, ...]
    runs: list[ComparedRun]


def compare_runs(
    reader: Reader, runs: Sequence[tuple[Row, str]], targets: Sequence[str]
) -> list[Comparison]:
    """Return per target what was measured of each run; nothing of a single one.

    Parameters
    ----------
    reader : Reader
        The warehouse.
    runs : sequence of (dict, str)
        Rows of ``ml.runs`` with the files of their pages, newest first.
    targets : sequence of str
        What the first of them predicts.
    """
    if len(runs) < 2:
        return []
    measured = [
        (run, file, reader.rows("metrics", run_id=run["run_id"]))
        for run, file in runs[:_MOST]
    ]
    found = []
    for target in targets:
        values = [
            (
                run,
                file,
                {
                    row["metric"]: row
                    for row in rows
                    if row["target"] == target
                    and row["stratum_kind"] == "all"
                    and row["folds"] == "blocked"
                },
            )
            for run, file, rows in measured
        ]
        names = [name for name in _COMPARED if any(name in own for *_, own in values)]
        found.append(
            Comparison(
                quantity(target).symbol,
                (
                    "Estimator",
                    "Labelled stars",
                    "Features",
                    *(metric_heading(target, name) for name in names),
                ),
                [
                    ComparedRun(
                        file,
                        moment(run),
                        (
                            run["estimator"],
                            count(run["rows_labelled"]),
                            count(len(run["features"])),
                            *(metric_value(target, own.get(name)) for name in names),
                        ),
                    )
                    for run, file, own in values
                ],
            )
        )
    return found
