"""Pieces of spectra: what they need, and what a message says of those without it."""

import math

import numpy as np
import pytest

from stellarwh.errors import SpectrumError
from stellarwh.spectra.spectrum import (
    check_pixels,
    check_wavelengths,
    errors_of_weights,
    make_piece,
    median_snr,
)


def test_two_pixels_are_a_spectrum_and_one_is_none():
    piece = make_piece([4000, 4001], [1, 2], [0.5, 0.5])
    assert piece.good.tolist() == [True, True]
    with pytest.raises(SpectrumError, match="arm has 1 pixel; expected"):
        make_piece([4000], [1], [0.5], name="arm")
    with pytest.raises(SpectrumError, match="it has no pixels; expected"):
        make_piece([], [], [])
    with pytest.raises(SpectrumError, match="3 fluxes, 1 errors and 2 wavelengths"):
        make_piece([4000, 4001], [1, 2, 3], [1])


def test_wavelengths_that_do_not_ascend_are_shown():
    for third, shown in ((4000.5, r"4000\.5000"), (4001.0, r"4001\.0000")):
        waves = np.array([4000.0, 4001.0, third, 4003.0])
        expected = rf"arm has {shown} Å at pixel 3, after 4001\.0000 Å; expected"
        with pytest.raises(SpectrumError, match=expected):
            check_wavelengths(waves, "arm")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_wavelength_that_is_none_is_shown(bad):
    waves = np.array([4000.0, bad, 4002.0])
    with pytest.raises(SpectrumError, match="no wavelength at pixel 2 of 3; expected"):
        check_wavelengths(waves)


def test_wavelengths_are_in_angstroms():
    check_wavelengths(np.array([2000.0, 25000.0]))
    for waves, shown in (
        ([370.0, 910.0], "from 370 to 910"),  # nm
        ([1.51, 1.7], r"from 1\.51 to 1\.7"),  # μm
        ([1999.0, 5000.0], "from 1999 to 5000"),
        ([5000.0, 25001.0], "from 5000 to 25001"),
    ):
        expected = rf"{shown}; expected Å between 2,000 and 25,000"
        with pytest.raises(SpectrumError, match=expected):
            check_wavelengths(np.array(waves))


def test_errors_that_are_unknown_are_infinite():
    np.testing.assert_array_equal(
        errors_of_weights([4, 0, -1, np.nan, np.inf]), [0.5] + [np.inf] * 4
    )
    piece = make_piece(np.arange(4000, 4004), np.ones(4), [0.5, 0, np.nan, -1])
    assert piece.err.tolist() == [0.5, np.inf, np.inf, np.inf]
    assert piece.good.tolist() == [True, False, False, False]


def test_the_noise_is_that_of_good_pixels():
    piece = make_piece(
        np.arange(4000, 4005),
        [10, 20, 30, np.nan, 1000],
        np.ones(5),
        np.array([False] * 4 + [True]),
    )
    assert median_snr([piece]) == 20
    assert math.isnan(median_snr([make_piece([4000, 4001], [1, 1], [0, 0])]))


def test_a_spectrum_may_have_a_piece_without_good_pixels():
    good = make_piece([4000, 4001], [1, 1], [1, 1])
    bad = make_piece([6000, 6001], [1, 1], [0, 0])
    check_pixels([bad, good])
    with pytest.raises(SpectrumError, match="none of its 2 pixels has an error"):
        check_pixels([bad])


def test_wavelengths_without_end_are_refused_without_a_warning():
    with pytest.raises(SpectrumError, match="no wavelength at pixel 2 of 3"):
        check_wavelengths(np.array([4000.0, np.inf, np.inf]))
