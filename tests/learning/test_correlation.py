"""Residuals of neighbours: correlation against a double loop and a known one."""

import re
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import pearsonr

from stellarwh.content import content_dir
from stellarwh.learning.evaluation.correlation import correlation_metrics


def test_correlations_are_those_of_all_pairs():
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 12, 90)
    # Some lie far beyond the four standard deviations at which they are cut.
    residuals = rng.standard_t(2, 90) + 0.8 * rng.normal(0, 1, 12)[cells]
    pairs = {"cell_correlation": [], "border_correlation": []}
    for i, j in combinations(range(90), 2):
        if cells[i] == cells[j]:
            pairs["cell_correlation"] += [(i, j), (j, i)]
        elif cells[i] // 4 == cells[j] // 4:
            pairs["border_correlation"] += [(i, j), (j, i)]
    middle = np.median(residuals)
    scale = 1.4826 * np.median(np.abs(residuals - middle))
    score = np.clip((residuals - middle) / scale, -4, 4)
    assert (np.abs(residuals - middle) > 4 * scale).sum() >= 2
    found = {m.metric: m for m in correlation_metrics(residuals, cells)}
    for name, both in pairs.items():
        left, right = np.array(both).T
        assert found[name].n == len(both) // 2
        # The same pairs about the mean of all stars instead of the pairs' own.
        expected = np.mean(
            (score[left] - score.mean()) * (score[right] - score.mean())
        ) / np.var(score)
        assert found[name].value == pytest.approx(expected)
        assert found[name].value == pytest.approx(
            pearsonr(score[left], score[right])[0], abs=0.15
        )


def test_what_a_cell_has_in_common_is_found_and_what_it_has_not_is_not():
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 700, 20_000)
    # A fifth of the variance is the cell's own; neighbours share nothing.
    shared = rng.normal(0, np.sqrt(0.2), 768)
    residuals = shared[cells] + rng.normal(0, np.sqrt(0.8), 20_000)
    found = {m.metric: m.value for m in correlation_metrics(residuals, cells)}
    assert found["cell_correlation"] == pytest.approx(0.2, abs=0.03)
    assert found["border_correlation"] == pytest.approx(0.0, abs=0.03)


def test_residuals_without_scatter_or_pairs_have_no_correlation():
    assert correlation_metrics(np.ones(500), np.zeros(500, dtype=np.int64)) == []
    assert correlation_metrics(np.arange(50.0), np.arange(50) * 4) == []


@pytest.mark.parametrize(("others", "told"), [([4, 3], True), ([4, 2, 2], False)])
def test_a_hundred_pairs_tell_a_correlation(others, told):
    # A cell of 14 stars has 91 pairs, of 4 stars 6, of 3 stars 3, of 2 stars 1.
    sizes = [14, *others]
    cells = np.repeat(4 * np.arange(len(sizes)), sizes)
    residuals = np.random.default_rng(0).normal(0, 1, len(cells))
    found = [(m.metric, m.n) for m in correlation_metrics(residuals, cells)]
    assert found == ([("cell_correlation", 100)] if told else [])


def test_every_shipped_task_is_blocked_by_the_same_cells():
    """Which are those of order 3, as the case of the macro says."""
    views = sorted((content_dir("sql") / "features").iterdir())
    marts = content_dir("sql") / "marts"
    assert len(views) >= 7
    for view in views:
        text = view.read_text()
        for mart in ("stage_observables", "star_observables"):
            if f"main.{mart}" in text:
                text += (marts / f"{mart}.sql").read_text()
        if "plain.*" in text:  # with all columns of another task
            text += (view.parent / "apogee_from_lamost.sql").read_text()
        found = re.findall(r"([\w(.)]+) as healpix_group", text)
        assert found == ["healpix_group(stars.healpix)"], view
