"""One line for each survey, catalogue and task: what it holds, and how good it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.formats import (
    DATA_KINDS,
    MISSING,
    count,
    percent,
    significant,
)
from stellarwh.report.pages.page import catalogue_file, survey_file
from stellarwh.report.pages.run import run_file
from stellarwh.report.pages.spectra import SPECTRA_FILE
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.sparklines import Sparkline, sparkline
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.freshness import any_simulated

Row = dict[str, Any]
_SNR_STEPS = 24


@dataclass(frozen=True)
class Line:
    """One line; numbers are NULL where they mean nothing.

    Parameters
    ----------
    name, file : str
        What it is called, and its page; no page has an empty name.
    kind, data : str
        What it is, and whether its files are simulated.
    rows, stars, clean : int or None
    share : float or None
        Of its rows that are clean.
    quality : str
        Median S/N, or the errors on held-out sky.
    order : float or None
        What `quality` sorts by.
    spark : Sparkline or None
    is_stale : bool
    """

    name: str
    file: str
    kind: str
    data: str
    rows: int | None
    stars: int | None
    clean: str
    share: float | None
    quality: str
    order: float | None
    spark: Sparkline | None
    is_stale: bool = False


def glance(
    reader: Reader,
    provenance: Provenance,
    surveys: Sequence[Row],
    runs: Sequence[Row],
    spectra: Sequence[Row],
) -> list[Line]:
    """Return the lines: surveys, catalogues of the user's own, spectra, tasks."""
    return [
        *_surveys(reader, provenance, surveys),
        *_catalogues(reader, provenance, {row["survey"] for row in surveys}),
        *_spectra(reader, spectra),
        *_tasks(reader, runs),
    ]


def _surveys(
    reader: Reader, provenance: Provenance, surveys: Sequence[Row]
) -> list[Line]:
    shares: dict[str, list[float]] = {}
    for row in reader.rows("snr_shares") if surveys else []:
        steps = shares.setdefault(row["survey"], [0.0] * _SNR_STEPS)
        steps[row["step"]] = row["n"]
    lines = []
    for row in surveys:
        name = row["survey"].upper()
        alt = f"S/N of the rows of {name}, from 1 to 1000 in steps of its logarithm"
        own = row["survey"] not in staged_surveys()
        lines.append(
            Line(
                name=name,
                file=survey_file(row["survey"]),
                kind="own catalogue, as a survey" if own else "survey",
                data=_data(provenance, row["survey"]),
                rows=row["n_rows"],
                stars=row["n_stars"],
                clean=f"{count(row['n_clean'])} "
                f"({percent(row['n_clean'], row['n_rows'])})",
                share=row["n_clean"] / row["n_rows"] if row["n_rows"] else None,
                quality=f"median S/N {significant(row['snr_median'], 3)}",
                order=row["snr_median"],
                spark=sparkline(shares.get(row["survey"], []), alt),
            )
        )
    return lines


def _catalogues(
    reader: Reader, provenance: Provenance, surveys: set[str]
) -> list[Line]:
    return [
        Line(
            name=name,
            file=catalogue_file(name),
            kind="own catalogue",
            data=_data(provenance, name),
            rows=sum(row["rows"] for row in provenance.ingests_of(name)),
            stars=None,
            clean=MISSING,
            share=None,
            quality=MISSING,
            order=None,
            spark=None,
        )
        for name in provenance.catalogues
        if name not in staged_surveys()
        and name not in surveys
        and reader.has(f"raw.{name}")
    ]


def _spectra(reader: Reader, spectra: Sequence[Row]) -> list[Line]:
    told = (
        {row["survey"]: row for row in reader.rows("spectra_read")} if spectra else {}
    )
    return [
        Line(
            name=f"Spectra of {row['survey'].upper()}",
            file=SPECTRA_FILE,
            kind="spectra",
            data=("partly " if 0 < row["n_simulated"] < row["n"] else "")
            + DATA_KINDS[row["n_simulated"] > 0],
            rows=row["n"],
            stars=row["n_stars"],
            clean=MISSING,
            share=None,
            quality=f"median S/N {significant(told[row['survey']]['snr'], 3)}",
            order=told[row["survey"]]["snr"],
            spark=None,
        )
        for row in spectra
    ]


def _tasks(reader: Reader, runs: Sequence[Row]) -> list[Line]:
    bins = reader.rows("run_bins") if runs else []
    lines = []
    for run in runs:
        order = list(run["targets"])
        figures = [
            row
            for row in reader.rows("metrics", run_id=run["run_id"])
            if row["folds"] == "blocked" and row["stratum_kind"] == "all"
        ]
        figures.sort(key=lambda row: order.index(row["target"]))
        is_stale = bool(run["replaced_surveys"])
        kind = DATA_KINDS[any_simulated(run["sources"]) if run["is_recorded"] else None]
        lines.append(
            Line(
                name=run["task"].replace("_", " "),
                file=run_file(run),
                kind=f"task, {run['kind']} by {run['estimator']}",
                data=kind + (", STALE: since replaced" if is_stale else ""),
                rows=None,
                stars=run["rows_labelled"],
                clean=MISSING,
                share=None,
                quality=_headline(figures),
                order=_first(figures),
                spark=_bias(bins, run["task"], order),
                is_stale=is_stale,
            )
        )
    return lines


def _data(provenance: Provenance, name: str) -> str:
    return DATA_KINDS[any_simulated(provenance.ingests_of(name))]


def _bias(bins: Sequence[Row], task: str, targets: Sequence[str]) -> Sparkline | None:
    """Return the bias of the first target along its own predicted value."""
    if not targets:
        return None
    along = [
        row["bias"] / row["sigma"]
        for row in bins
        if row["task"] == task
        and row["target"] == targets[0]
        and row["stratum_kind"] == "bin"
        and row["axis"] == targets[0]
        and row["bias"] is not None
        and row["sigma"]
    ]
    shown = quantity(targets[0])
    most = max(map(abs, along), default=0.0)
    alt = (
        f"Bias of {shown.symbol} over its scatter in bins of its prediction, "
        f"ascending; at most {most:.2f}"
    )
    return sparkline(along, alt)


def _headline(figures: Sequence[Mapping[str, Any]]) -> str:
    """Return the figure of merit of each target: MAE, or accuracy for classes."""
    words = []
    for row in figures:
        shown = quantity(row["target"])
        if row["metric"] == "mae":
            unit = f" {shown.unit}" if shown.unit else ""
            words.append(f"{shown.symbol} MAE {significant(row['value'], 2)}{unit}")
        elif row["metric"] in ("accuracy", "balanced_accuracy"):
            name = row["metric"].replace("_", " ")
            words.append(f"{name} {percent(row['value'])}")
    return " · ".join(words) or MISSING


def _first(figures: Sequence[Mapping[str, Any]]) -> float | None:
    wanted = ("mae", "accuracy", "balanced_accuracy")
    return next((row["value"] for row in figures if row["metric"] in wanted), None)
