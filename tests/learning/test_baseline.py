"""Learning never loses to the feature itself, or to a robust model of few terms."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from astropy.table import Table
from views import make_view, toy

from stellarwh.errors import TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.estimators.baseline import Plan, fit_baseline
from stellarwh.learning.estimators.corrected import Steps
from stellarwh.learning.estimators.selection import bend
from stellarwh.learning.evaluation.metrics import as_it_is


def two_surveys(n: int = 466, *, seed: int = 0) -> dict[str, object]:
    """Return one survey's Teff and log g beside another's, which bends a little."""
    rng = np.random.default_rng(seed)
    teff, logg = rng.uniform(4200, 6500, n), rng.uniform(1, 4.7, n)
    z = (teff - 5300) / 700
    noise = rng.normal(0, 30, n)
    noise[:: n // 10] += 900  # outliers
    return {
        "star_id": np.arange(n),
        "galah_teff": teff,
        "galah_logg": logg,
        "snr": rng.uniform(20, 200, n),
        "label_teff": teff + 40 + 25 * z + 30 * z**2 + noise,
        "label_logg": logg + 0.1 * z + rng.normal(0, 0.05, n),
        "healpix_group": rng.integers(0, 60, n),
    }


def metrics_of(connection, run_id: str, target: str) -> dict[str, float]:
    return dict(
        connection.execute(
            "select metric, value from ml.metrics where run_id = ? and target = ? "
            "and folds = 'blocked' and stratum = 'all'",
            [run_id, target],
        ).fetchall()
    )


def recipe_of(connection, run_id: str, target: str) -> dict[str, object]:
    parameters = connection.execute(
        "select parameters from ml.runs where run_id = ?", [run_id]
    ).fetchall()[0][0]
    return json.loads(parameters)[target]["baseline"]


def test_few_stars_of_two_surveys_beat_the_difference_and_the_quadratic(connection):
    columns = two_surveys()
    make_view(connection, "mine", columns)
    run = train(connection, "mine")
    found = metrics_of(connection, run.run_id, "teff")
    recipe = recipe_of(connection, run.run_id, "teff")
    assert recipe["same"] == "galah_teff"
    assert recipe["degree"] == 2
    # Sigma of the noise is 30 K: the difference as it is has 48, trees alone have 70.
    assert found["sigma"] < 33
    assert found["sigma"] < found["linear_sigma"] < found["copy_sigma"]
    difference = np.asarray(columns["galah_teff"]) - np.asarray(columns["label_teff"])
    assert found["copy_mae"] == pytest.approx(np.mean(np.abs(difference)))
    assert "(galah_teff as it is:" in run.summaries[0]


def test_a_feature_that_some_stars_lack_is_compared_on_those_that_have_it():
    label = np.array([5000.0, 5000.0, 5000.0, 5000.0])
    copied = np.array([5040.0, np.nan, 4980.0, np.nan])
    value = np.array([5010.0, 5900.0, 4986.0, 4100.0])
    # By hand: (40 + 20) / 2 and (10 + 14) / 2; the stars without it do not count.
    said = " (where galah_teff is known: 12 K, galah_teff as it is: 30 K)"
    assert as_it_is("galah_teff", copied, value, label, "K") == said
    said = " (galah_teff as it is: 30 K)"
    assert as_it_is("galah_teff", copied[::2], value[::2], label[::2], "K") == said


def test_stored_runs_predict_by_baseline_and_estimator(connection):
    make_view(connection, "mine", two_surveys())
    train(connection, "mine")
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    error = connection.execute(
        "select median(abs(value - label_teff)) from ml.predictions "
        "inner join raw.mine using (star_id) where target = 'teff'"
    ).fetchall()[0][0]
    assert error < 25  # 20 is the noise's own


def test_a_star_without_the_feature_is_predicted_by_the_others(connection):
    columns = two_surveys(600)
    teff = np.asarray(columns["galah_teff"])
    columns["galah_teff"] = [None if i % 3 == 0 else t for i, t in enumerate(teff)]
    columns["colour"] = teff / 1000
    make_view(connection, "mine", columns)
    run = train(connection, "mine")
    error = connection.execute(
        "select median(abs(value - label)) from ml.out_of_fold "
        "where run_id = ? and target = 'teff' and star_id % 3 = 0",
        [run.run_id],
    ).fetchall()[0][0]
    assert error < 120  # half of the range of labels is 1100 K


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("One row per star. same: teff = snr; Labels: label_teff.", "snr"),
        ("same: teff = none, logg = galah_logg", None),
        ("One row per star.", "galah_teff"),
    ],
)
def test_the_view_declares_which_feature_is_the_same(connection, said, same):
    make_view(connection, "mine", two_surveys())
    connection.execute(f"comment on view features.mine is '{said}'")
    run = train(connection, "mine", folds=3)
    assert recipe_of(connection, run.run_id, "teff")["same"] == same


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("same: teff = galah_tef", "no feature 'galah_tef'. Did you mean 'galah_teff'"),
        (
            "same: tef = galah_teff",
            "no label_tef that is a number. Did you mean 'teff'",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(connection, said, message):
    make_view(connection, "mine", two_surveys())
    connection.execute(f"comment on view features.mine is '{said}'")
    with pytest.raises(TaskError, match=message):
        train(connection, "mine")


@pytest.mark.parametrize("known", [0, 1, 49])
def test_a_declared_feature_that_hardly_a_star_has_is_not_used(connection, known):
    columns = two_surveys()
    teff = list(np.asarray(columns["galah_teff"]))
    columns["galah_teff"] = pl.Series(
        teff[:known] + [None] * (466 - known), dtype=float
    )
    make_view(connection, "mine", columns)
    connection.execute("comment on view features.mine is 'same: teff = galah_teff'")
    run = train(connection, "mine", folds=3)
    assert recipe_of(connection, run.run_id, "teff")["same"] is None


def test_a_label_that_no_feature_resembles_has_no_copy(connection):
    make_view(connection, "mine", toy())
    run = train(connection, "mine", folds=3)
    found = metrics_of(connection, run.run_id, "y")
    assert recipe_of(connection, run.run_id, "y")["same"] is None
    assert "copy_mae" not in found
    assert found["mae"] < found["linear_mae"]


def test_labels_keep_late_digits(connection):
    columns = toy()
    figures = []
    for offset, scale in ((0.0, 1.0), (2457000.5, 1e-3), (0.0, 1e-30)):
        label = offset + scale * np.asarray(columns["label_y"])
        make_view(connection, "mine", columns | {"label_y": label})
        run = train(connection, "mine")
        figures.append(metrics_of(connection, run.run_id, "y")["mae"] / scale)
    assert figures == pytest.approx(figures[:1] * 3, rel=0.02)


def test_the_baseline_is_the_polynomial_that_made_the_labels():
    rng = np.random.default_rng(4)
    a, b = rng.uniform(-1, 1, (2, 500))
    label = 3 + 10 * a + 2 * b + 0.5 * a * b
    label[:25] += 1000  # outliers count little
    inputs = pl.DataFrame({"f0": a, "f1": b})
    plan = Plan("f0", "a", 0.0, 10.0, ("f0", "f1"))
    fitted = fit_baseline(inputs, label, np.ones(500), plan, 2)
    np.testing.assert_allclose(fitted.of(inputs)[25:], label[25:], atol=0.1)
    missing = pl.DataFrame({"f0": [None], "f1": [0.0]}, schema_overrides={"f0": float})
    assert fitted.of(missing).tolist() == [np.median(label)]


def test_a_step_must_earn_its_place_on_other_folds():
    rng = np.random.default_rng(5)
    label, fold = rng.normal(size=1000), np.arange(1000) % 5
    noisy = label + rng.normal(0, 0.5, 1000)
    better = label + rng.normal(0, 0.1, 1000)
    steps = Steps(np.array([noisy, noisy + 1e-9, better]), label, np.ones(1000), fold)
    assert steps.chosen() == 2
    worse = np.array([better, noisy])
    assert Steps(worse, label, np.ones(1000), fold).chosen() == 0
    # What only fold 0 shows to be better is not used for fold 0.
    only = noisy.copy()
    only[fold != 0] += 0.3
    only[fold == 0] = label[fold == 0]
    by_fold = Steps(np.array([noisy, only]), label, np.ones(1000), fold).by_fold()
    assert by_fold[0] == 0


def test_ridge_keeps_what_is_linear_straight():
    values = np.array([-300.0, -3.0, -2.0, 0.5, 3.0, 30.0])
    expected = [-3 * (1 + np.log(100)), -3, -2, 0.5, 3, 3 * (1 + np.log(10))]
    np.testing.assert_allclose(bend(values), expected)


def test_few_real_stars_beat_the_catalogue_they_start_from(connection, realdata: Path):
    # The Kepler Input Catalogue's parameters of giants, and APOGEE's of the same.
    apogee = Table.read(realdata / "reference/apokasc_logg_cal.fits")
    labels = pl.DataFrame(
        {
            "kepid": np.asarray(apogee["KIC_ID"]).astype(np.int64),
            "label_teff": np.asarray(apogee["TEFF_COR"], dtype=np.float64),
            "label_fe_h": np.asarray(apogee["FE_H_ADOP_COR"], dtype=np.float64),
        }
    ).filter(pl.all_horizontal(pl.all().is_finite()) & (pl.col("label_teff") > 0))
    file = realdata / "pairs/stello_2013_tgas_xmatch.csv"
    stars = pl.read_csv(file, infer_schema_length=None).select(
        "kepid", "teff", "logg", "feh",
        j_k=pl.col("jmag") - pl.col("kmag"),
        healpix_group=(pl.col("ra") / 2).cast(pl.Int64) * 100
        + (pl.col("dec") / 2).cast(pl.Int64),
    )  # fmt: skip
    both = stars.join(labels, on="kepid").rename({"kepid": "star_id"})
    both = both.sort("star_id").gather_every(4).head(466)
    make_view(connection, "mine", both.to_dict())
    run = train(connection, "mine")
    for target in ("teff", "fe_h"):
        found = metrics_of(connection, run.run_id, target)
        assert found["sigma"] < found["copy_sigma"]
        assert found["sigma"] < 1.02 * found["linear_sigma"]
        assert found["mae"] < found["linear_mae"] < found["copy_mae"]
