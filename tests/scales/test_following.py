"""Which values follow those of another survey, by slopes that were put in."""

import numpy as np
import pytest

from stellarwh.scales.following import follows

N, SPREAD, NOISE = 1500, 0.25, 0.03


def compared(slope, noise=NOISE, n=N, scatter=NOISE):
    """Return whether values of a slope follow others of a stated noise."""
    rng = np.random.default_rng(4)
    true = SPREAD * rng.standard_normal(n)
    theirs = true + noise * rng.standard_normal(n)
    own = slope * true - 0.1 + scatter * rng.standard_normal(n)
    return own, theirs, noise


@pytest.mark.parametrize("slope", [0.7, 1.0, 1.4])
def test_values_of_a_slope_near_one_follow(slope):
    assert follows(*compared(slope), [0], is_sure=True)
    assert follows(*compared(slope), [0], is_sure=False)


@pytest.mark.parametrize("slope", [-0.3, -1.0, 0.5, 2.0])
def test_values_compressed_or_stretched_or_swapped_do_not(slope):
    assert not follows(*compared(slope), [0], is_sure=True)
    assert not follows(*compared(slope), [0], is_sure=False)


def test_values_of_something_else_do_not_follow_parameters():
    """Of abundances noise may do the same, as long as it is not known well."""
    own, theirs, noise = compared(0.0, scatter=SPREAD)
    assert not follows(own, theirs, noise, [0], is_sure=True)
    assert follows(own, theirs, noise, [0], is_sure=False)


def test_noise_of_the_other_is_no_low_slope():
    own, theirs, noise = compared(1.0, noise=0.24)
    assert follows(own, theirs, noise, [0], is_sure=True)
    # As large as the spread it leaves nothing to judge by.
    own, theirs, noise = compared(0.4, noise=0.4)
    assert follows(own, theirs, noise, [0], is_sure=True)


def test_few_stars_do_not_tell_a_slope():
    assert follows(*compared(0.5, n=12), [0], is_sure=True)


def test_stars_alike_do_not_follow():
    own, theirs, noise = compared(0.0, scatter=0.01)
    assert not follows(own, theirs, noise, [0], is_sure=True)
