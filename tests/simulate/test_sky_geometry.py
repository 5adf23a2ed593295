"""Sky geometry agrees with astropy's."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from stellarwh.simulate.sky.pointings import (
    TO_GALACTIC,
    footprint,
    galactic,
    healpix_nested,
    pointings,
    shift,
)


def random_positions(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


@pytest.mark.parametrize("order", [0, 4, 12, 29])
def test_healpix_cells_equal_astropy_healpix(order: int) -> None:
    oracle = pytest.importorskip("astropy_healpix", reason="the oracle is absent")
    ra, dec = random_positions(20_000)
    expected = oracle.lonlat_to_healpix(
        ra * u.deg, dec * u.deg, 2**order, order="nested"
    )
    np.testing.assert_array_equal(healpix_nested(order, ra, dec), expected)


def test_galactic_coordinates_equal_astropy() -> None:
    ra, dec = random_positions(1000)
    expected = SkyCoord(ra, dec, unit="deg").galactic
    longitude, latitude = galactic(ra, dec)
    # Astropy defines the frame through FK5, Hipparcos through ICRS: 0.1 arcsec.
    np.testing.assert_allclose(longitude, expected.l.deg, atol=5e-5, rtol=0)
    np.testing.assert_allclose(latitude, expected.b.deg, atol=5e-5, rtol=0)


def test_galactic_axes_are_orthonormal() -> None:
    np.testing.assert_allclose(TO_GALACTIC @ TO_GALACTIC.T, np.eye(3), atol=1e-14)


def test_shift_moves_by_the_offset_asked_for_even_near_the_pole() -> None:
    ra, dec = np.array([10.0, 359.9999, 200.0]), np.array([0.0, 45.0, 89.999])
    moved = shift(ra, dec, np.full(3, 300.0), np.full(3, -400.0))
    before, after = SkyCoord(ra, dec, unit="deg"), SkyCoord(*moved, unit="deg")
    np.testing.assert_allclose(before.separation(after).mas, 500.0, rtol=1e-4)


def test_pointings_respect_the_footprints() -> None:
    centres = pointings()
    _, latitude = galactic(centres.ra, centres.dec)
    galah, lamost = centres.observed_by[:, 1], centres.observed_by[:, 2]
    assert (np.abs(latitude[galah]) > 10).all()
    assert (centres.dec[galah] < 10).all()
    assert ((centres.dec[lamost] > -10) & (centres.dec[lamost] < 60)).all()
    # APOGEE observes from both hemispheres, and in the plane.
    apogee = centres.observed_by[:, 0]
    assert (centres.dec[apogee] < -60).any()
    assert (centres.dec[apogee] > 60).any()
    assert (np.abs(latitude[apogee]) < 5).any()


def test_footprint_of_known_places() -> None:
    # The Galactic centre, the Hyades, the celestial pole.
    ra, dec = np.array([266.4, 66.7, 0.0]), np.array([-28.9, 15.9, 90.0])
    expected = [(True, False, False), (True, False, True), (True, False, False)]
    np.testing.assert_array_equal(footprint(ra, dec), expected)
