"""Bias is measured in bins of the parameters."""

import numpy as np
import pytest
from views import make_view

from stellarwh.learning import train
from stellarwh.learning.evaluation.bins import parameter_bins
from stellarwh.learning.tasks.stratum import Stratum


def test_bins_hold_the_stars_between_their_names():
    rng = np.random.default_rng(0)
    teff, fe_h = rng.uniform(4300, 5600, 900), rng.uniform(-0.6, 0.1, 900)
    teff[:5] = np.nan
    found = parameter_bins(
        {"teff": teff, "fe_h": fe_h, "alpha_fe": fe_h}, by_label=True
    )
    assert [stratum.name for stratum in found] == [
        "label teff 4000 to 4500", "label teff 4500 to 5000",
        "label teff 5000 to 5500", "label teff 5500 to 6000",
        "label fe_h -0.75 to -0.5", "label fe_h -0.5 to -0.25",
        "label fe_h -0.25 to 0", "label fe_h 0 to 0.25",
    ]  # fmt: skip
    of_it = Stratum(
        "label teff 4500 to 5000", "bin", None, "teff", True, 4500.0, 5000.0
    )
    inside = found[of_it]
    assert inside.tolist() == np.flatnonzero((teff >= 4500) & (teff < 5000)).tolist()
    assert (
        sum(len(inside) for bin, inside in found.items() if bin.axis == "teff") == 895
    )


def test_bins_of_few_stars_are_left_out():
    values = {"logg": np.r_[np.full(19, 1.2), np.full(20, 4.2)]}
    assert list(parameter_bins(values, by_label=False)) == [
        Stratum("logg 4 to 4.5", "bin", None, "logg", False, 4.0, 4.5)
    ]


def test_a_bias_that_cancels_over_all_stars_shows_in_its_bins(connection):
    # Labels of cool stars are 80 K too low, those of warm stars 80 K too high for what
    # the noisy feature can tell: shrinkage, as in every regression on a noisy feature.
    rng = np.random.default_rng(4)
    n = 4000
    teff = rng.normal(5000, 300, n)
    columns = {
        "star_id": np.arange(n), "colour": teff + rng.normal(0, 300, n),
        "label_teff": teff, "healpix_group": rng.integers(0, 40, n),
    }  # fmt: skip
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=3)
    found = dict(
        connection.execute(
            "select stratum, value from ml.metrics "
            "where metric = 'bias' and folds = 'blocked'"
        ).fetchall()
    )
    assert abs(found["all"]) < 15
    # E[value - label | label] = -(label - 5000) / 2 for equal variances.
    assert found["label teff 4500 to 5000"] == pytest.approx(100, abs=25)
    assert found["label teff 5500 to 6000"] == pytest.approx(-325, abs=60)
    rows = connection.execute(
        "select stratum_kind, axis, by_label, axis_low, axis_high from ml.metrics "
        "where metric = 'bias' and stratum in "
        "('teff 4500 to 5000', 'label teff 4500 to 5000') order by by_label"
    ).fetchall()
    assert rows == [("bin", "teff", of, 4500.0, 5000.0) for of in (False, True)]
    # By its own value a prediction is right.
    assert found["teff 4500 to 5000"] == pytest.approx(0, abs=25)
    assert found["teff 5000 to 5500"] == pytest.approx(0, abs=25)
