"""Stated errors of labels are not believed further than the residuals bear out."""

import json

import numpy as np
import polars as pl
import pytest
from views import make_view

from stellarwh.learning import train
from stellarwh.learning.uncertainty import label_errors
from stellarwh.learning.uncertainty.label_errors import (
    ErrorFactor,
    factor_rows,
    fit_error_factor,
)

N = 3000


def residuals_of(honest: bool, times: float, n: int = N) -> tuple:
    """Return features, residuals, stated errors and folds; truth errs by 1 or 2."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, n)
    errors = rng.uniform(0.5, 2.5, n) if honest else np.full(n, 1.5)
    residuals = rng.normal(0, np.hypot(np.where(x < 0.5, 1.0, 2.0), errors))
    frame = pl.DataFrame({"x": x, "noise": rng.normal(0, 1, n)})
    return frame, residuals, times * errors, np.arange(n) % 5


@pytest.mark.parametrize(
    ("times", "factor", "used", "verdict"),
    [
        (2.0, 0.5, 0.5, "overstated"),
        (1.0, 1.0, 1.0, "consistent"),
        (0.3, 1 / 0.3, 1.0, "understated"),
    ],
)
def test_factor_is_the_one_by_which_errors_are_wrong(times, factor, used, verdict):
    found = fit_error_factor(*residuals_of(True, times), 0, "cpu")
    assert found.best == pytest.approx(factor, rel=0.25)
    assert found.used == pytest.approx(np.full(N, used), rel=0.3)
    assert (found.used <= 1).all()
    assert found.verdict == verdict


def judged_by_matrices(squares, errors, weights) -> tuple[float, float]:
    """Return k² and its standard error by weighted least squares, as textbooks have it.

    (X' W X)^-1 X' W y, and the sandwich of White (1980) for the error.
    """
    given = np.column_stack([np.ones(len(errors)), errors])
    bread = np.linalg.inv(given.T @ (weights[:, None] * given))
    found = bread @ given.T @ (weights * squares)
    rest = squares - given @ found
    meat = (given * ((weights * rest) ** 2)[:, None]).T @ given
    return found[1], np.sqrt((bread @ meat @ bread)[1, 1])


@pytest.mark.parametrize("scatter", [0.5, 3.0, 9.0])
@pytest.mark.parametrize("true", [0.02, 0.16, 0.4, 0.6, 1.0, 1.8, 2.5, 9.0, 25.0])
def test_the_factor_is_the_root_of_a_weighted_slope(true, scatter):
    rng = np.random.default_rng(7)
    errors, weights = rng.exponential(1, 2000), rng.uniform(0.5, 2, 2000)
    squares = 3 + true * errors + scatter * rng.normal(0, 1, 2000)
    slope, error = judged_by_matrices(squares, errors, weights)
    factor, verdict = label_errors._judge(squares, errors, weights)
    k = np.clip(np.sqrt(max(slope, 0)), 0.25, 4)
    # Wrong: 3.5 standard errors from 1, and k by more than a factor of sqrt(2).
    if abs(slope - 1) > 3.5 * error and (slope < 0.5 or slope > 2):
        assert verdict == ("overstated" if slope < 1 else "understated")
        assert factor == pytest.approx(k)
    else:
        # Told: halved and doubled errors, k² of a quarter and of 4, are 3 off.
        told = slope - 0.25 > 3 * error and 4 - slope > 3 * error
        assert (factor, verdict) == (1.0, "consistent" if told else "untold")


def test_errors_of_which_none_is_unexpected_tell_nothing():
    found = label_errors._judge(np.arange(9.0), np.full(9, 0.5), np.ones(9))
    assert found == (1.0, "untold")


def test_errors_that_hardly_matter_tell_nothing_whatever_they_are():
    # Robust scale 1.4826 * 1: errors of 0.148 are 1 % of the variance.
    residuals = np.tile([-1.0, 1.0], 100)
    frame = pl.DataFrame({"x": np.arange(200.0)})
    found = fit_error_factor(
        frame, residuals, np.full(200, 0.147), np.arange(200) % 5, 0, "cpu"
    )
    assert found.share == pytest.approx((0.147 / 1.4826) ** 2)
    assert (found.best, found.verdict) == (1.0, "untold")
    one_fold = fit_error_factor(
        frame, residuals, np.full(200, 2.0), np.zeros(200, int), 0, "cpu"
    )
    assert (one_fold.best, one_fold.verdict) == (1.0, "untold")


@pytest.mark.parametrize(("error", "is_asked"), [(0.1482, False), (0.1488, True)])
def test_residuals_are_asked_from_a_hundredth_of_the_variance_on(
    monkeypatch, error, is_asked
):
    # A tenth of 1.4826 is 0.14826.
    asked = []

    def rests(*_):
        asked.append(True)
        return np.zeros(200), np.zeros(200), np.ones(200)

    monkeypatch.setattr(label_errors, "_rests", rests)
    frame = pl.DataFrame({"x": np.arange(200.0)})
    residuals, fold = np.tile([-1.0, 1.0], 100), np.arange(200) % 5
    fit_error_factor(frame, residuals, np.full(200, error), fold, 0, "cpu")
    assert bool(asked) == is_asked


def test_residuals_of_nothing_say_nothing_of_the_errors():
    frame = pl.DataFrame({"x": np.arange(50.0)})
    found = fit_error_factor(
        frame, np.zeros(50), np.ones(50), np.arange(50) % 5, 0, "cpu"
    )
    assert (found.best, found.share, found.verdict) == (1.0, 0.0, "untold")
    assert found.told("teff") == ""


def test_what_stands_out_is_told_with_its_numbers():
    def factor(best: float, share: float, verdict: str) -> ErrorFactor:
        return ErrorFactor(best, np.ones(3), share, verdict)

    assert factor(1.0, 0.5, "consistent").told("teff") == ""
    assert factor(1.0, 0.504, "untold").told("teff") == (
        "errors of label_teff: the stated variance is 50 % of the observed one: "
        "intervals rest on it"
    )
    assert factor(0.4567, 0.2, "overstated").told("teff") == (
        "errors of label_teff: overstated; 0.46 times what is stated fits best and is "
        "used"
    )
    assert factor(2.345, 0.6, "understated").told("teff") == (
        "errors of label_teff: the stated variance is 60 % of the observed one: "
        "intervals rest on it; 2.3 times what is stated fits best; used as stated, so "
        "that intervals are too wide rather than too narrow"
    )
    assert factor(2.3456, 0.12345, "understated").record() == {
        "factor": 2.346, "used": 1.0, "stated_share": 0.1235, "verdict": "understated",
    }  # fmt: skip
    assert factor(0.45678, 0.1, "overstated").record()["used"] == 0.457


def test_the_factor_is_found_from_twelve_thousand_stars():
    assert factor_rows(12_000, 0).tolist() == list(range(12_000))
    some = factor_rows(12_001, 0)
    assert len(set(some.tolist())) == 12_000
    assert (np.diff(some) > 0).all()
    assert some[-1] <= 12_000
    assert some.tolist() != factor_rows(12_001, 1).tolist()


def test_one_error_for_all_labels_is_used_as_stated_and_cannot_be_told():
    found = fit_error_factor(*residuals_of(False, 0.5), 0, "cpu")
    assert found.verdict == "untold"
    assert found.used.tolist() == [1.0] * N


def test_labels_without_errors_have_nothing_to_believe():
    frame, residuals, errors, fold = residuals_of(True, 0.0)
    found = fit_error_factor(frame, residuals, errors, fold, 0, "cpu")
    assert (found.verdict, found.share, found.used.sum()) == ("none", 0.0, N)


def test_the_factor_of_a_fold_is_found_without_it(monkeypatch):
    frame, residuals, errors, fold = residuals_of(True, 2.0)
    before = fit_error_factor(frame, residuals, errors, fold, 0, "cpu").used
    rests_of = label_errors._rests

    def other_errors_in_fold_2(*arguments):
        squares, rests, weights = rests_of(*arguments)
        return squares, np.where(fold == 2, 3 * rests, rests), weights

    monkeypatch.setattr(label_errors, "_rests", other_errors_in_fold_2)
    after = fit_error_factor(frame, residuals, errors, fold, 0, "cpu").used
    assert after[fold == 2].tolist() == before[fold == 2].tolist()
    assert after[fold == 1].max() < 0.85 * before[fold == 1].min()


def test_honest_errors_that_follow_from_the_features_are_believed():
    """Giants have small errors, dwarfs large ones: a joint fit took that for k < 1."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 1, N)
    errors = np.where(x < 0.4, 0.5, 2.0) * rng.lognormal(0, 0.1, N)
    residuals = rng.normal(0, np.hypot(np.where(x < 0.4, 2.0, 1.0), errors))
    frame = pl.DataFrame({"x": x, "noise": rng.normal(0, 1, N)})
    found = fit_error_factor(frame, residuals, errors, np.arange(N) % 5, 0, "cpu")
    assert found.used.tolist() == [1.0] * N


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    n = 3000
    a, b = rng.uniform(-1, 1, (2, n))
    true = 2 * a + b**2 + rng.normal(0, np.where(a > 0, 0.3, 0.1))
    errors = rng.uniform(0.05, 0.3, n)
    return {
        "star_id": np.arange(n), "a": a, "b": b, "truth": true, "errors": errors,
        "label_y": true + rng.normal(0, errors),
        "healpix_group": rng.integers(0, 60, n),
    }  # fmt: skip


def train_with(connection, truth, times):
    columns = {k: v for k, v in truth.items() if k not in ("truth", "errors")}
    make_view(connection, "mine", columns | {"label_y_err": times * truth["errors"]})
    result = train(connection, "mine")
    rows = pl.DataFrame(
        connection.sql("from ml.out_of_fold order by star_id").to_arrow_table()
    ).with_columns(truth=truth["truth"])
    inside = {
        level: rows.select(
            pl.col("truth").is_between(f"lower_{level}", f"upper_{level}").mean()
        ).item()
        for level in (68, 90)
    }
    metrics = dict(
        connection.execute(
            "select metric, value from ml.metrics "
            "where stratum = 'all' and folds = 'blocked'"
        ).fetchall()
    )
    parameters = connection.execute("select parameters from ml.runs").fetchall()[0][0]
    return result, inside, metrics, json.loads(parameters)["label_errors"]["y"]


def test_intervals_hold_the_truth_though_errors_are_stated_twice_too_large(
    connection, truth
):
    result, inside, metrics, recorded = train_with(connection, truth, 2.0)
    assert inside[90] == pytest.approx(0.90, abs=0.04)
    assert inside[68] == pytest.approx(0.68, abs=0.08)
    assert recorded["verdict"] == "overstated"
    assert recorded["used"] == pytest.approx(0.5, abs=0.1)
    # Of true errors and spread of this size, the stated errors claim more than half.
    assert recorded["stated_share"] > 0.5
    (line,) = (n for n in result.notes if n.startswith("errors of label_y"))
    assert "% of the observed one" in line
    assert "overstated" in line
    # What uses no stated error at all is the least share of true values inside.
    assert metrics["bare_coverage_90"] < inside[90] + 0.01
    assert metrics["bare_coverage_90"] > 0.6


def test_intervals_are_too_wide_and_say_so_where_errors_are_stated_too_small(
    connection, truth
):
    result, inside, metrics, recorded = train_with(connection, truth, 0.25)
    assert inside[90] > 0.92
    assert recorded["verdict"] == "understated"
    assert recorded["used"] == 1.0
    assert any("too wide rather than too narrow" in note for note in result.notes)
    assert metrics["bare_coverage_90"] == pytest.approx(0.90, abs=0.02)


def test_right_errors_are_used_as_stated_without_a_word(connection, truth):
    result, inside, _, recorded = train_with(connection, truth, 1.0)
    assert inside[90] == pytest.approx(0.90, abs=0.03)
    assert recorded["verdict"] == "consistent"
    assert recorded["used"] > 0.8
    assert not any(note.startswith("errors of") for note in result.notes)
