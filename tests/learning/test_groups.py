"""Intervals are calibrated for each group of stars that is large enough."""

import numpy as np
import polars as pl
import pytest
from views import make_view

from stellarwh.learning import predict, train
from stellarwh.learning.uncertainty.conformal import LEVELS, conformal_quantile
from stellarwh.learning.uncertainty.groups import (
    LOW_SNR,
    Factors,
    Grouping,
    calibrate,
    is_giant,
    snr_features,
)


def test_giants_are_those_of_the_sql_macro(sky):
    teff, logg = (a.ravel() for a in np.meshgrid(
        np.arange(3500.0, 8001, 50), np.arange(0.0, 5.5, 0.025)
    ))  # fmt: skip
    kiel = pl.DataFrame({"teff": teff, "logg": logg, "giant": is_giant(teff, logg)})
    sky.register("kiel", kiel.to_arrow())
    different = sky.execute(
        "select count(*) from kiel "
        "where (giant_or_dwarf(teff, logg) = 'giant') is distinct from giant"
    ).fetchall()
    sky.unregister("kiel")
    assert different == [(0,)]


def test_noisy_stars_are_those_of_the_strata(sky):
    found = sky.execute(
        "select stratum, min(snr), max(snr) from main.star_strata inner join ("
        "select star_id, min(snr) as snr from main.measurements "
        "where is_best and is_clean group by star_id) using (star_id) "
        "where stratum in ('snr<50', 'snr>=50') group by stratum order by stratum"
    ).fetchall()
    (_, _, noisy), (_, good, _) = found
    features = pl.DataFrame({"snr": [noisy, np.nextafter(LOW_SNR, 0), LOW_SNR, good]})
    _, codes = Grouping([], ["snr"]).codes(features, {})
    assert codes.tolist() == [1, 1, 2, 2]


def test_features_named_snr_are_signal_to_noise():
    names = ["teff", "snr", "galah_snr", "snr_bin", "parallax_over_error"]
    assert snr_features(names) == ["snr", "galah_snr"]


def test_a_group_is_pattern_kind_and_noise():
    features = pl.DataFrame(
        {"a": [1.0, None, 1.0, 1.0], "snr": [40.0, 50.0, None, 90.0],
         "other_snr": [80.0, None, None, 30.0]}
    )  # fmt: skip
    values = {
        "teff": np.array([4500.0, 5800.0, 4500.0, np.nan]),
        "logg": np.array([2.0, 4.4, 2.0, 4.4]),
    }
    wide, narrow = Grouping(["a"], ["snr", "other_snr"]).codes(features, values)
    assert wide.tolist() == [1, 0, 1, 1]
    # giant of low S/N, dwarf of high, giant of none, unknown of low: 3 kind + noise.
    assert (narrow - 9 * wide).tolist() == [7, 5, 6, 1]


def test_without_teff_and_gravity_no_kind_is_told():
    codes = Grouping().codes(pl.DataFrame({"a": [1.0]}), {"fe_h": np.array([0.1])})
    assert [code.tolist() for code in codes] == [[0], [0]]


def test_narrow_groups_come_first_and_small_ones_share_the_wider():
    wide = np.repeat([0, 1], [1000, 1000])
    narrow = np.repeat([0, 1, 10, 11], [1000, 600, 380, 20])
    scores = np.repeat([1.0, 7.0, 3.0, 50.0], [1000, 600, 380, 20])
    factors = calibrate({level: scores for level in LEVELS}, [wide, narrow])
    given = factors.of([wide, narrow], 90)
    assert set(given[narrow == 1]) == {7.0}
    assert set(given[narrow == 10]) == {conformal_quantile(scores[wide == 1], 90)}
    new = [np.array([5]), np.array([55])]
    assert factors.of(new, 68) == [conformal_quantile(scores, 68)]


@pytest.mark.parametrize(("stars", "has_own"), [(399, False), (400, True)])
def test_a_group_has_a_factor_of_its_own_from_400_stars_on(stars, has_own):
    # Coverage that n scores calibrate scatters by sqrt(p (1 - p) / n): at 68 % by 2.3
    # points for 400 stars, and by more for fewer.
    code = np.repeat([0, 1], [2000, stars])
    scores = np.repeat([1.0, 5.0], [2000, stars])
    factors = calibrate({level: scores for level in LEVELS}, [code])
    expected = 5.0 if has_own else conformal_quantile(scores, 68)
    assert expected == (5.0 if has_own else 1.0)
    assert set(factors.of([code], 68)[code == 1]) == {expected}


def test_factors_are_the_same_after_they_are_stored():
    codes = [np.repeat([0, 1], 500), np.repeat([3, 12], 500)]
    scores = np.random.default_rng(0).exponential(1, 1000)
    factors = calibrate({level: scores for level in LEVELS}, codes)
    again = Factors.from_json(factors.as_json())
    for level in LEVELS:
        assert (again.of(codes, level) == factors.of(codes, level)).all()


def test_intervals_hold_for_noisy_giants_as_for_all(connection):
    # Heavy tails for giants of low S/N alone; neither is a feature that the spread,
    # which is learned from 'a', could tell from noise: S/N differs by one only.
    rng = np.random.default_rng(8)
    n = 6000
    giant, noisy = rng.random((2, n)) < 0.5
    odd = giant & noisy
    noise = np.where(odd, rng.standard_t(1.5, n), rng.uniform(-1, 1, n))
    columns = {
        "star_id": np.arange(n), "a": np.where(giant, -1.0, 1.0),
        "snr": np.where(noisy, 49.5, 50.5),
        "label_teff": np.where(giant, 4500.0, 6000.0) + rng.normal(0, 5, n),
        "label_logg": np.where(giant, 2.0, 4.4) + 0.05 * noise,
        "healpix_group": rng.integers(0, 60, n),
    }  # fmt: skip
    make_view(connection, "mine", columns)
    train(connection, "mine")
    for level in LEVELS:
        held_out = connection.execute(
            f"select avg(covered_{level}::int) from ml.out_of_fold "
            "join features.mine using (star_id) where target = 'logg' "
            "group by label_teff < 5000, snr < 50"
        ).fetchall()
        assert len(held_out) == 4
        for (share,) in held_out:
            assert share == pytest.approx(level / 100, abs=0.02)
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    for level in LEVELS:
        for (share,) in connection.execute(
            f"select avg((label_logg between lower_{level} and upper_{level})::int) "
            "from ml.predictions join features.mine using (star_id) "
            "where target = 'logg' group by label_teff < 5000, snr < 50"
        ).fetchall():
            assert share == pytest.approx(level / 100, abs=0.04)
