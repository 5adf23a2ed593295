"""Wavelengths of the star at rest, in air or vacuum."""

import numpy as np
import pytest

from stellarwh.spectra.frame import (
    air_to_vacuum,
    rest_wavelengths,
    vacuum_to_air,
)
from stellarwh.spectra.spectrum import LIGHT


def test_air_of_ciddor_1996():
    """5000 Å by specutils 2.4.0; Hα and Hβ as any table has them."""
    assert vacuum_to_air(5000.0) == pytest.approx(4998.60552, abs=5e-6)
    # IAU's formula (Edlén 1953) gives 4998.60557, the SDSS one-liner 4998.60431.
    assert abs(vacuum_to_air(5000.0) - 4998.60557) > 2e-5
    # Hα: 6564.61 in vacuum, 6562.80 in air; Hβ: 4862.69 and 4861.33.
    np.testing.assert_allclose(
        vacuum_to_air([6564.61, 4862.69]), [6562.80, 4861.33], atol=0.01
    )


def test_there_and_back():
    waves = np.geomspace(3_000, 17_000, 200)
    np.testing.assert_allclose(air_to_vacuum(vacuum_to_air(waves)), waves, rtol=1e-14)


def test_the_shift_comes_before_air():
    at_300 = 5000.0 * (1 + 300 / LIGHT)
    rest = rest_wavelengths([at_300], "vacuum", 300.0)
    assert rest[0] == pytest.approx(4998.60552, abs=5e-6)
    # The other way round is 0.1 mÅ off, at this velocity.
    assert abs(vacuum_to_air(at_300) / (1 + 300 / LIGHT) - rest[0]) > 5e-5


def test_air_goes_through_vacuum():
    observed = vacuum_to_air(5000.0 * (1 - 250 / LIGHT))
    assert rest_wavelengths([observed], "air", -250.0)[0] == pytest.approx(
        float(vacuum_to_air(5000.0)), abs=1e-9
    )
    assert rest_wavelengths([observed], "air", -250.0, to="vacuum")[0] == pytest.approx(
        5000.0, abs=1e-9
    )


@pytest.mark.parametrize("medium", ["air", "vacuum"])
def test_nothing_to_do(medium):
    waves = np.array([4861.33, 6562.8])
    assert (rest_wavelengths(waves, medium, 0.0, to=medium) == waves).all()
