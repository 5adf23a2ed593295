"""The page of one training run."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from stellarwh.report.charts.bias import bias_bins, draw_bias, n_beyond
from stellarwh.report.charts.classes import (
    confusion_matrix,
    draw_confusion,
    draw_reliability,
)
from stellarwh.report.charts.counts import draw_importances
from stellarwh.report.charts.coverage import draw_coverage
from stellarwh.report.charts.domain import draw_domain
from stellarwh.report.charts.residuals import draw_prediction, n_outside
from stellarwh.report.drawing import Drawing
from stellarwh.report.formats import (
    count,
    number,
    percent,
)
from stellarwh.report.pages.bias import bias_summary, bias_table
from stellarwh.report.pages.collinear import collinear_table
from stellarwh.report.pages.first_screen import class_summary, number_summary
from stellarwh.report.pages.label_errors import label_error_sentences
from stellarwh.report.pages.metrics import (
    correlation_sentence,
    metrics_table,
)
from stellarwh.report.pages.page import Figures, Page, file_name
from stellarwh.report.pages.run_facts import flat, moment, pretty, recorded, run_facts
from stellarwh.report.pages.run_sources import run_state, sources_table
from stellarwh.report.pages.runs_compared import compare_runs
from stellarwh.report.pages.worst import worst_table
from stellarwh.report.provenance import Provenance
from stellarwh.report.quantities import quantity
from stellarwh.report.reader import Reader
from stellarwh.report.tables import Table, table

Row = dict[str, Any]


def run_file(run: Row) -> str:
    """Return the file name of a run's page; the latest has the name of its task."""
    return file_name("run", run["task"] if run["is_latest"] else run["run_id"])


def run_page(
    reader: Reader, provenance: Provenance, run: Row, earlier: Sequence[Row] = ()
) -> Page:
    """Return the page of one row of ``ml.runs``, with links to ``earlier`` ones."""
    run_id = run["run_id"]
    figures = Figures(reader)
    # Runs that another program wrote may be of a kind that predicts both.
    numbers = [] if run["kind"] == "class" else run["targets"]
    classes = [] if run["kind"] == "number" else run["targets"]
    order = {target: place for place, target in enumerate(run["targets"])}
    metrics, predicted = (
        sorted(
            reader.rows(query, run_id=run_id),
            key=lambda row: order.get(row["target"], len(order)),
        )
        for query in ("metrics", "prediction_counts")
    )
    description = _description(reader, run["task"])
    regressions = _regressions(figures, run_id, numbers)
    classifications = _classifications(reader, figures, run_id, classes, metrics)
    importances = _importances(figures, run_id, run["targets"])
    domain = None
    if predicted:
        domain = figures("domain", run_id=run_id, target=run["targets"][0])
    content = {
        "run": run,
        "earlier": [(run_file(row), moment(row)) for row in earlier],
        "compared": compare_runs(
            reader,
            [(run, ""), *((row, run_file(row)) for row in earlier)],
            run["targets"],
        ),
        "description": description,
        "started": _first_sentence(description) or f"A run of the task {run['task']}.",
        "number_summary": number_summary(
            metrics,
            [(own["target"], own["bins"], own["covered"]) for own in regressions],
        ),
        "class_summary": class_summary(
            metrics, [(own["target"], own["labelled"]) for own in classifications]
        ),
        "facts": run_facts(run),
        "sources": sources_table(run),
        "view_sql": run["view_sql"],
        "parameters": pretty(run["parameters"]),
        "versions": flat(run["versions"]),
        "metrics": [
            (quantity(target).symbol, metrics_table(target, rows))
            for target, rows in _in_run_order(run["targets"], metrics)
        ],
        "has_unknown_stars": any(row["stratum_kind"] is None for row in metrics),
        "has_baselines": any(row["metric"] == "copy_mae" for row in metrics),
        "correlations": [
            words
            for target in run["targets"]
            if (words := correlation_sentence(target, metrics))
        ],
        "label_errors": label_error_sentences(
            recorded(run["parameters"]).get("label_errors", {}), metrics
        ),
        "regressions": regressions,
        "classifications": classifications,
        "importances": [(symbol, drawing) for _, symbol, drawing, _ in importances],
        "collinear": collinear_table(
            recorded(run["parameters"]),
            [(target, shares) for target, _, _, shares in importances],
        ),
        "domain": draw_domain(domain, "domain"),
        "domain_told": domain.rows()[0] if domain else None,
        "worst": _worst(figures, run_id, run["targets"]),
        "predicted": table(
            (
                "Target",
                "Stars predicted",
                "Inside the training domain",
                "Distance to training: median",
                "95th percentile",
            ),
            (
                (
                    quantity(row["target"]).symbol,
                    count(row["n"]),
                    f"{count(row['n_in_domain'])} "
                    f"({percent(row['n_in_domain'], row['n'])})",
                    number(row["distance_50"], 2),
                    number(row["distance_95"], 2),
                )
                for row in predicted
            ),
        ),
    }
    title = run["task"].replace("_", " ")
    return Page(
        file=run_file(run),
        title=title if run["is_latest"] else f"{title}, earlier run of {moment(run)}",
        # Earlier runs are reached from their task's page, not from the navigation.
        group="Training runs" if run["is_latest"] else "Earlier runs",
        template="run",
        provenance=provenance.of_run(run),
        content=content,
        state=run_state(run),
        figures=figures.asked,
    )


def _by_target(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    ordered = sorted(rows, key=lambda row: str(row["target"]))
    return [
        (target, list(found))
        for target, found in groupby(ordered, key=lambda row: str(row["target"]))
    ]


def _in_run_order(
    targets: Sequence[str], rows: Sequence[Row]
) -> list[tuple[str, list[Row]]]:
    """Return rows by target, in the order in which the view has its labels."""
    found = dict(_by_target(rows))
    return [(target, found[target]) for target in targets if target in found]


def _description(reader: Reader, task: str) -> str:
    """Return what the task's view says of itself; a user's own may say nothing."""
    found = {
        row["task"]: row["description"] for row in reader.rows("task_descriptions")
    }
    # What is the same quantity stands there for the training; see "Parameters".
    return re.sub(r"\s*\bsame: [^;]*;?", "", str(found.get(task) or ""))


def _first_sentence(text: str) -> str:
    """Return where a text starts; all of it where it has no end of a sentence."""
    return re.split(r"(?<=[^A-Z.][.])\s", text, maxsplit=1)[0]


def _regressions(figures: Figures, run_id: str, targets: Sequence[str]) -> list[Row]:
    """Return per numeric target its charts."""
    found = []
    for target in targets:
        asked = {"run_id": run_id, "target": target}
        held_out = figures("prediction", **asked)
        prediction = draw_prediction(
            held_out, f"prediction-{target}", is_narrow=len(targets) > 2
        )
        if held_out is None or prediction is None:
            continue
        symbol = quantity(target).symbol
        bias = figures("bias", **asked)
        bins = bias_bins(bias)
        summary = bias_summary(bins)
        covered = figures("coverage", **asked)
        found.append(
            {
                "target": target,
                "symbol": symbol,
                "prediction": prediction,
                "n_outside": n_outside(held_out),
                "n_points": held_out.first("n_points"),
                "bins": bins,
                "n_beyond": n_beyond(bins),
                "covered": covered,
                "coverage": draw_coverage(covered, f"coverage-{target}"),
                "bias": draw_bias(
                    f"bias-{target}",
                    symbol,
                    bins,
                    f"Bias of {symbol} over its scatter in bins. {summary}",
                    bias,
                ),
                "bias_summary": summary,
                "bias_table": bias_table(target, bins),
            }
        )
    return found


def _classifications(
    reader: Reader,
    figures: Figures,
    run_id: str,
    targets: Sequence[str],
    metrics: Sequence[Row],
) -> list[Row]:
    """Return per class target its charts and recall table."""
    sets = dict(_by_target(reader.rows("prediction_sets", run_id=run_id)))
    found = []
    for target in sorted(targets):
        asked = {"run_id": run_id, "target": target}
        confusion = figures("confusion", **asked)
        if not confusion:
            continue
        names, matrix = confusion_matrix(confusion)
        true, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
        inside = {
            row["stratum"]: row["value"]
            for row in metrics
            if row["target"] == target
            and row["metric"] == "coverage_90"
            and row["stratum_kind"] == "class"
        }
        recall = table(
            (
                "Class",
                "Labelled",
                "Predicted",
                "Recall",
                "Precision",
                "In 90 % prediction set",
            ),
            (
                (
                    name,
                    count(true[i]),
                    count(predicted[i]),
                    percent(matrix[i, i], true[i]),
                    percent(matrix[i, i], predicted[i]),
                    percent(inside.get(name)),
                )
                for i, name in enumerate(names)
            ),
        )
        found.append(
            {
                "target": target,
                "symbol": quantity(target).symbol,
                "confusion": draw_confusion(confusion, f"confusion-{target}"),
                "reliability": draw_reliability(
                    figures("reliability", **asked), f"reliability-{target}"
                ),
                "labelled": dict(zip(names, true.tolist(), strict=True)),
                "recall": recall,
                "sets": table(
                    ("Prediction set", "Held-out stars", "Share", "Holds the label"),
                    (
                        (
                            row["members"],
                            count(row["n"]),
                            percent(row["n"], true.sum()),
                            percent(row["holds"]),
                        )
                        for row in sets.get(target, [])
                    ),
                ),
            }
        )
    return found


def _importances(
    figures: Figures, run_id: str, targets: Sequence[str]
) -> list[tuple[str, str, Drawing, dict[str, float]]]:
    """Return per target its symbol, its chart and the share of each feature."""
    found = []
    for target in targets:
        data = figures("importances", run_id=run_id, target=target)
        drawing = draw_importances(data, f"importance-{target}")
        if data is None or drawing is None:
            continue
        shares = {row["feature"]: row["importance"] for row in data.rows()}
        found.append((target, quantity(target).symbol, drawing, shares))
    return found


def _worst(
    figures: Figures, run_id: str, targets: Sequence[str]
) -> list[tuple[str, Table, str]]:
    """Return per target its symbol, its worst stars and the SQL that finds them."""
    found = []
    for target in targets:
        data = figures("worst_stars", run_id=run_id, target=target)
        lines = worst_table(target, data)
        if data and lines:
            found.append((quantity(target).symbol, lines, data.sql))
    return found
