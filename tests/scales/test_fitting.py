"""The fit of all surveys together, on samples made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from stellarwh.scales.fitting import fit_scale
from stellarwh.scales.groups import make_groups
from stellarwh.scales.repeats import Repeats
from stellarwh.scales.sample import Sample

N = 4000
NOISE = {"teff": 60.0, "logg": 0.1, "fe_h": 0.06}


def sample_of(offsets, *, newer=None, factor=2.0):
    """Return surveys whose errors are stated too small by a factor.

    Those of the same spectra have the same noise.
    """
    rng = np.random.default_rng(5)
    true = {
        "teff": rng.uniform(4200, 6400, N),
        "logg": rng.uniform(1.0, 4.8, N),
        "fe_h": rng.normal(-0.2, 0.3, N),
    }
    noise: dict[tuple[str, str], np.ndarray] = {}
    values, errs = {}, {}
    for survey, offset in offsets.items():
        spectra = "galah" if newer and survey in newer.values() else survey
        for quantity, size in NOISE.items():
            own = noise.setdefault((spectra, quantity), rng.standard_normal(N))
            values[survey, quantity] = true[quantity] + size * (own + offset)
            errs[survey, quantity] = np.full(N, size / factor)
    surveys = tuple(sorted(offsets))
    return Sample(
        np.arange(N), rng.integers(0, 80, N), surveys, tuple(sorted(NOISE)),
        values, errs, {s: rng.uniform(20, 200, N) for s in surveys}, newer or {},
    )  # fmt: skip


def fitted(connection, sample, reference="apogee"):
    return fit_scale(
        connection,
        sample,
        make_groups(sample),
        Repeats({}, {}),
        reference,
        0,
        lambda *_: None,
    )


def test_offsets_and_factors_come_back(connection):
    sample = sample_of({"apogee": 0.0, "galah": 1.0, "lamost": -2.0})
    scale = fitted(connection, sample)
    for survey, offset in (("galah", 1.0), ("lamost", -2.0)):
        for quantity, size in NOISE.items():
            found = scale.fitted[survey, quantity]
            assert found.zero_point == pytest.approx(-offset * size, abs=0.12 * size)
            assert found.trend.n == N
    for quantity in NOISE:
        found = scale.factors[quantity]
        # Nothing tells a floor from a factor where all errors are stated alike.
        whole = np.hypot(found.of_survey, found.floor / (NOISE[quantity] / 2))
        assert whole == pytest.approx([2.0, 2.0, 2.0], rel=0.12)


def test_two_releases_of_the_same_spectra_do_not_confirm_each_other(connection):
    surveys = {"apogee": 0.0, "galah": 0.0, "galah_dr4": 0.0, "lamost": 0.0}
    sample = sample_of(surveys, newer={"galah": "galah_dr4"})
    scale = fitted(connection, sample)
    for quantity in NOISE:
        found = scale.factors[quantity]
        whole = np.hypot(found.of_survey, found.floor / (NOISE[quantity] / 2))
        # Their difference is 0: as if it were known to be, errors would be too large.
        assert whole == pytest.approx([2.0, 2.0, 2.0, 2.0], rel=0.2)


def test_missing_errors_are_judged_by_the_scatter(connection):
    sample = sample_of({"apogee": 0.0, "mine": 0.5}, factor=1.0)
    for quantity in NOISE:
        sample.errs["mine", quantity][:] = np.nan
    scale = fitted(connection, sample)
    for quantity, size in NOISE.items():
        # The scatter of a difference of two such surveys is size sqrt(2).
        assert scale.errors.missing["mine", quantity] == pytest.approx(size, rel=0.1)


def only(sample, survey, first, last):
    """Let a survey have seen some of the stars alone."""
    for quantity in NOISE:
        for of in (sample.values, sample.errs):
            of[survey, quantity][:first] = np.nan
            of[survey, quantity][last:] = np.nan


def test_a_survey_comes_over_another_one_to_the_reference(connection):
    """APOGEE shares 800 stars with GALAH, that as many with LAMOST; they share none."""
    sample = sample_of({"apogee": 0.0, "galah": 1.0, "lamost": -2.0})
    only(sample, "apogee", 0, 1500)
    only(sample, "galah", 700, 3000)
    only(sample, "lamost", 2200, N)
    scale = fitted(connection, sample)
    for quantity, size in NOISE.items():
        found = scale.fitted["lamost", quantity]
        assert found.via == ("galah",)
        assert found.zero_point == pytest.approx(2.0 * size, abs=0.25 * size)
        # With the errors of the step before.
        step = scale.fitted["galah", quantity].trend.covariance[0, 0]
        assert found.trend.covariance[0, 0] > step > 0
        assert np.isfinite(found.trend.coefficients).all()
        # Stars that GALAH is not corrected for tell nothing.
        assert 600 < found.trend.n <= 800


def test_few_stars_tell_a_constant_for_all(connection):
    sample = sample_of({"apogee": 0.0, "galah": 1.0})
    only(sample, "galah", 0, 60)
    found = fitted(connection, sample).fitted["galah", "teff"]
    assert found.limits is None
    assert found.trend.coefficients[1:].tolist() == [0.0] * 8
    only(sample, "galah", 0, 19)
    assert ("galah", "teff") not in fitted(connection, sample).fitted


def test_a_survey_without_errors_does_not_judge_those_of_others(connection):
    sample = sample_of({"apogee": 0.0, "lamost": 0.0, "mine": 0.0}, factor=2.0)
    for quantity in NOISE:
        sample.errs["mine", quantity][:] = np.nan
    scale = fitted(connection, sample)
    for quantity, size in NOISE.items():
        factors = scale.factors[quantity]
        assert factors.n_survey[0] == factors.n_survey[1] > 0.9 * N
        assert factors.n_survey[2] == 0
        # The factors of the other two cannot be told apart; their sum can.
        whole = np.hypot(factors.of_survey[:2], factors.floor[:2] / (size / 2))
        assert np.hypot(*whole) == pytest.approx(np.hypot(2, 2), rel=0.1)
        assert scale.errors.missing["mine", quantity] == pytest.approx(size, rel=0.2)


def test_a_survey_of_constants_is_not_fitted(connection):
    """Else its trend would be the other's values, which count twice then."""
    surveys = {"apogee": 0.0, "lamost": 0.0, "alike": 0.0}
    sample = sample_of(surveys)
    middle = {"teff": 5000.0, "logg": 3.0, "fe_h": -0.2}
    for quantity, value in middle.items():
        sample.values["alike", quantity][:] = value
    scale = fitted(connection, sample)
    others = replace(
        sample,
        surveys=("apogee", "lamost"),
        values={k: v for k, v in sample.values.items() if k[0] != "alike"},
        errs={k: v for k, v in sample.errs.items() if k[0] != "alike"},
    )
    without = fitted(connection, others)
    for quantity, size in NOISE.items():
        assert ("alike", quantity) not in scale.fitted
        assert scale.factors[quantity].n_survey[0] == 0
        off = sample.values["apogee", quantity] - middle[quantity]
        spread = 1.4826 * np.median(np.abs(off))
        assert scale.errors.apart["alike", quantity] == pytest.approx(2 * spread / size)
        # What the others are found to be does not depend on it.
        found = scale.fitted["lamost", quantity].trend.coefficients
        expected = without.fitted["lamost", quantity].trend.coefficients
        assert found == pytest.approx(expected, abs=0.05 * size)
