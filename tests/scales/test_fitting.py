"""The fit of all surveys together, on samples made by hand."""

import numpy as np
import pytest

from stellarwh.scales.fitting import fit_scale
from stellarwh.scales.groups import make_groups
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
        connection, sample, make_groups(sample), reference, 0, lambda *_: None
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
        assert scale.missing["mine", quantity] == pytest.approx(size, rel=0.1)
