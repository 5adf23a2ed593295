"""What a run found of the stated errors of its labels, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from stellarwh.report.formats import number, percent
from stellarwh.report.quantities import quantity

Row = dict[str, Any]
# Above this share of the observed variance the page warns.
_MOST_STATED = 0.5


def label_error_sentences(
    recorded: Mapping[str, Row], metrics: Sequence[Row]
) -> list[tuple[str, bool]]:
    """Return one paragraph per numeric target, and whether it warns.

    Parameters
    ----------
    recorded : mapping of str to dict
        By target, what stands under ``label_errors`` in ``parameters`` of ``ml.runs``.
    metrics : sequence of dict
        Rows of ``ml.metrics`` of the run.
    """
    bare: dict[str, dict[str, float]] = {}
    for row in metrics:
        if row["stratum_kind"] == "all" and row["folds"] == "blocked":
            bare.setdefault(row["target"], {})[row["metric"]] = row["value"]
    found = []
    for target, values in bare.items():
        if "bare_coverage_90" not in values:
            continue
        stated = recorded.get(target)
        words, warns = _verdict(stated) if stated else (_NONE, False)
        words = f"{quantity(target).symbol}: {words}"
        low, high = (percent(values[f"bare_coverage_{k}"]) for k in (68, 90))
        found.append(
            (
                f"{words} Without any stated error, the 68 % and 90 % intervals hold "
                f"{low} and {high} of the labels: at least that share of the true "
                "values, if the errors of the labels are symmetric.",
                warns,
            )
        )
    return found


_NONE = (
    "the labels state no errors, so intervals hold labels as they stand; for the true "
    "values they are too wide by what the labels err."
)


def _verdict(stated: Row) -> tuple[str, bool]:
    factor, share = stated["factor"], stated["stated_share"]
    told = {
        "overstated": (
            f"the labels’ stated errors are too large: {number(factor, 2)} times as "
            "large they fit the held-out stars best, and so they were used."
        ),
        "understated": (
            "the labels’ stated errors look too small: held-out residuals grow with "
            f"them as if they were {number(factor, 1)} times as large (or stars with "
            "large errors are also harder to predict). They were used as stated, so "
            "that intervals hold part of the labels’ own error too: too wide for the "
            "true values, not too narrow."
        ),
        "consistent": "the labels’ stated errors agree with the held-out residuals.",
        "untold": (
            "held-out residuals cannot tell whether the labels’ stated errors are "
            "right; they were used "
            + (
                f"at {number(stated['used'], 2)} times what is stated, which fits best."
                if stated["used"] < 1
                else "as stated: were they too small, intervals would be too wide for "
                "the true values, not too narrow."
            )
        ),
    }
    words = told[stated["verdict"]] + (
        f" As stated, their variance is {percent(share)} of what is observed"
    )
    warns = share > _MOST_STATED
    words += (
        ", more than half: the intervals rest on what the survey says of its errors "
        "more than on anything that was measured."
        if warns
        else "."
    )
    return words, warns or stated["verdict"] == "overstated"
