"""Figures of merit of all targets of a task: rows of ``ml.metrics``."""

from collections.abc import Mapping, Sequence

from stellarwh.learning.evaluation.bins import parameter_bins
from stellarwh.learning.evaluation.metrics import Metric
from stellarwh.learning.evaluation.results import NumberResult, TargetResult
from stellarwh.learning.tasks.rows import Booleans, Floats
from stellarwh.learning.tasks.stratum import Stratum


def figures_of_merit(
    results: Sequence[TargetResult], strata: Mapping[Stratum, Booleans], n_rows: int
) -> dict[str, list[Metric]]:
    """Return the figures of each target, overall, by stratum, class and bin.

    Parameters
    ----------
    results : sequence of TargetResult
        What held-out stars got.
    strata : mapping of Stratum to ndarray of shape (n_rows,)
        Which of the labelled rows are in which stratum.
    n_rows : int
        How many labelled rows the task has.
    """
    # A bias may hide in what was predicted, and in what is labelled, of any target.
    values: dict[str, Floats] = {}
    labels: dict[str, Floats] = {}
    for result in results:
        if isinstance(result, NumberResult):
            own, name = result.rows, result.rows.target.name
            values[name] = own.among_all(result.value, n_rows)
            labels[name] = own.among_all(own.label, n_rows)
    found = {}
    for result in results:
        own = result.rows
        figures = result.metrics({k: inside[own.rows] for k, inside in strata.items()})
        if isinstance(result, NumberResult):
            by_value, by_label = (
                {name: axis[own.rows] for name, axis in axes.items()}
                for axes in (values, labels)
            )
            figures += result.bias_metrics(
                parameter_bins(by_value, by_label=False)
                | parameter_bins(by_label, by_label=True)
            )
        found[own.target.name] = figures
    return found
