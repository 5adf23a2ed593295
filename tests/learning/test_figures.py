"""Figures of merit of whole results, each counted by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.figures import figures_of_merit
from stellarwh.learning.evaluation.results import ClassResult, NumberResult
from stellarwh.learning.runs.store import _parameters
from stellarwh.learning.tasks.stratum import Stratum
from stellarwh.learning.tasks.task import Target
from stellarwh.learning.uncertainty.label_errors import ErrorFactor
from stellarwh.learning.uncertainty.number_calibration import HeldOutIntervals

N = 80  # of 100 labelled rows
PLACES = np.arange(N) + 20
LABEL = 5000.0 + 10.0 * (np.arange(N) % 2)


def number() -> NumberResult:
    """Return a result whose first half errs by 1, whose second half by 3."""
    off = np.where(np.arange(N) < N // 2, 1.0, 3.0)
    rows: Any = TargetRows(
        Target("teff", "label_teff", "number", "label_teff_err"), PLACES,
        SimpleNamespace(), PLACES, LABEL, np.full(N, 4.0), np.empty(0, int), [],
        np.arange(N) // 4, np.arange(N) % 2, np.arange(N) % 2, np.ones(N),
    )  # fmt: skip
    return NumberResult(
        rows=rows,
        parameters={},
        corrected=SimpleNamespace(baseline=SimpleNamespace(degree=0), share=1.0),
        spread=None,
        calibration=None,
        value=LABEL + off,
        intervals=HeldOutIntervals(
            {68: np.full(N, 2.0), 90: np.full(N, 3.0)},
            {68: off < 2, 90: np.full(N, True)},
        ),
        error_factor=ErrorFactor(0.1, np.full(N, 0.1), 0.2, "overstated"),
        random_value=np.where(np.arange(N) < 30, LABEL - 2.0, np.nan),
        importance=None,
        compared={
            "copy": np.where(np.arange(N) < 25, LABEL + 7.0, np.nan),
            "linear": LABEL + 5.0,
        },
    )  # fmt: skip


def classes() -> ClassResult:
    """Return a result that is right in three of four stars."""
    codes = np.arange(N) % 2
    right = np.arange(N) % 8 < 6
    called = np.where(right, codes, 1 - codes)
    probability = np.where(called[:, None] == np.arange(2), 0.8, 0.2)
    rows: Any = TargetRows(
        Target("kind", "label_kind", "class", None), PLACES, SimpleNamespace(),
        PLACES, np.empty(0), np.zeros(N), codes, ["a", "b"], np.arange(N) // 4,
        np.arange(N) % 2, np.arange(N) % 2, np.ones(N),
    )  # fmt: skip
    at_random = np.where(np.arange(2) == codes[:, None], 0.9, 0.1)
    at_random[40:] = np.nan
    members = probability > 0.5
    members[:10] = True
    return ClassResult(
        rows, {}, None, None, probability, members, at_random, None
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, dict[tuple[str, str, str], Any]]:
    # Strata are of all 100 rows: these stars begin at the twentieth of them.
    place = np.arange(100)
    strata = {
        Stratum("first", "group", "giant"): place < 60,
        Stratum("few", "group"): place < 30,
    }
    figures = figures_of_merit([number(), classes()], strata, 100)
    return {
        name: {(m.metric, m.folds, m.stratum.name): m for m in own}
        for name, own in figures.items()
    }


def test_numbers_are_judged_on_what_was_held_out(found):
    own = found["teff"]
    whole = {m: own[m, "blocked", "all"].value for m, f, s in own
             if (f, s) == ("blocked", "all")}  # fmt: skip
    assert whole["mae"] == 2.0
    assert whole["rmse"] == pytest.approx(np.sqrt(5))
    assert whole["bias"] == 2.0
    assert whole["sigma"] == pytest.approx(1.4826)
    # A tenth of the stated 4 is believed.
    assert whole["sigma_corrected"] == pytest.approx(np.sqrt(1.4826**2 - 0.4**2))
    assert (whole["coverage_68"], whole["coverage_90"]) == (0.5, 1.0)
    assert (whole["bare_coverage_68"], whole["bare_coverage_90"]) == (0.5, 1.0)
    assert (whole["width_68"], whole["width_90"]) == (4.0, 6.0)
    assert (whole["copy_mae"], whole["linear_mae"]) == (7.0, 5.0)
    assert own["copy_mae", "blocked", "all"].n == 25
    assert own["linear_mae", "blocked", "all"].n == N


def test_strata_are_those_of_the_stars_with_the_label(found):
    own = found["teff"]
    assert own["mae", "blocked", "first"].value == 1.0
    assert own["mae", "blocked", "first"].n == 40
    # They err alike, by less than their labels: nothing is left.
    assert own["sigma_corrected", "blocked", "first"].value == 0.0
    assert own["coverage_68", "blocked", "first"].value == 1.0
    assert own["linear_mae", "blocked", "first"].n == 40
    # Ten of its stars have the label: too few.
    assert not any(stratum == "few" for _, _, stratum in own)


def test_random_folds_are_judged_where_they_were_fitted(found):
    own = found["teff"]["mae", "random", "all"]
    assert (own.value, own.n) == (2.0, 30)
    assert found["teff"]["bias", "random", "all"].value == -2.0
    assert found["kind"]["accuracy", "random", "all"].n == 40
    assert found["kind"]["accuracy", "random", "all"].value == 1.0


def test_bins_are_of_what_was_predicted_and_of_what_is_labelled(found):
    own = found["teff"]
    for name in ("teff 5000 to 5500", "label teff 5000 to 5500"):
        assert own["mae", "blocked", name].value == 2.0
        assert own["bias", "blocked", name].n == N
        assert own["coverage_68", "blocked", name].value == 0.5
    assert not any("5000 to" in stratum for _, _, stratum in found["kind"])


def test_classes_are_judged_on_what_was_held_out(found):
    own = found["kind"]
    assert own["accuracy", "blocked", "all"].value == 0.75
    # Ten sets have both classes; of the others, one in four is another's.
    held = np.mean((np.arange(N) % 8 < 6) | (np.arange(N) < 10))
    assert own["coverage_90", "blocked", "all"].value == pytest.approx(held)
    assert own["set_size", "blocked", "all"].value == pytest.approx(90 / 80)
    assert own["set_size", "blocked", "first"].value == pytest.approx(50 / 40)
    assert own["accuracy", "blocked", "first"].n == 40


def test_rows_that_are_stored_are_those_that_were_held_out():
    stars = np.arange(100) + 1000
    rows = number().out_of_fold(stars)
    assert rows["star_id"].to_list() == (PLACES + 1000).tolist()
    assert rows["label_err"].unique().to_list() == [4.0]
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    assert (first["value"], first["lower_68"], first["upper_68"]) == (5001, 4999, 5003)
    assert (last["value"], last["lower_90"], last["upper_90"]) == (5013, 5010, 5016)
    assert (first["covered_68"], last["covered_68"], last["covered_90"]) == (
        True, False, True,
    )  # fmt: skip
    kinds = classes().out_of_fold(stars)
    assert kinds["star_id"].to_list() == (PLACES + 1000).tolist()
    assert kinds["label_class"].to_list() == ["a", "b"] * (N // 2)
    assert kinds["class"].to_list()[:8] == ["a", "b", "a", "b", "a", "b", "b", "a"]
    assert kinds["covered_90"].to_list()[:8] == [True] * 8
    assert kinds["covered_90"].to_list()[14:18] == [False, False, True, True]
    assert kinds["prediction_set"].to_list()[9:11] == [["a", "b"], ["a"]]
    assert kinds["probability"].unique().to_list() == [0.8]
    assert kinds.schema["fold"] == pl.Int64


def test_a_line_says_what_was_found():
    assert number().summary("K") == (
        "teff: mean absolute error 2.000 K, 90 % intervals hold 100.0 %"
    )
    held = number()
    held.intervals.covered[90][: N // 4] = False
    assert "90 % intervals hold 75.0 %" in held.summary("K")
    assert classes().summary() == (
        "kind: accuracy 75.0 %, balanced 75.0 %\n"
        "    purity / completeness: a 75.0 / 75.0 %, b 75.0 / 75.0 %"
    )


def test_parameters_tell_of_label_errors_that_are_not_as_stated():
    run: Any = SimpleNamespace(tuning={}, left_out={}, collinear=[])
    own = number()
    assert own.error_factor.verdict == "overstated"
    as_stated = replace(own, error_factor=replace(own.error_factor, verdict="none"))
    found = _parameters(run, [own, classes()])
    assert found["label_errors"] == {"teff": own.error_factor.record()}
    assert found["teff"]["baseline"] == {"same": None, "degree": 0, "share": 1.0}
    assert found["kind"] == {}
    assert set(_parameters(run, [as_stated, classes()])) == {"teff", "kind"}
    run = SimpleNamespace(tuning={"a": 1}, left_out={"b": "c"}, collinear=[{"d": 2}])
    found = _parameters(run, [classes()])
    assert found == {
        "kind": {}, "tuning": {"a": 1}, "left_out": {"b": "c"}, "collinear": [{"d": 2}],
    }  # fmt: skip
