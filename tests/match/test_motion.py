"""Proper motion against astropy, and separations against astropy."""

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord, angular_separation
from astropy.time import Time

from tests.match.skies import scattered, troublesome_places


@pytest.fixture
def positions(rng):
    ra, dec = scattered(rng, troublesome_places(rng)[::5], 5, 1000.0)
    keep = np.abs(dec) < 89.9999
    return ra[keep], dec[keep]


# astropy warns where no distance is given, as everywhere here
@pytest.mark.filterwarnings("ignore::erfa.ErfaWarning")
def test_propagated_positions_equal_those_of_astropy(macros, rng, positions):
    ra, dec = positions
    pmra, pmdec = rng.normal(0, 500, (2, ra.size))
    start = SkyCoord(
        ra * u.deg,
        dec * u.deg,
        pm_ra_cosdec=pmra * u.mas / u.yr,
        pm_dec=pmdec * u.mas / u.yr,
        distance=1e6 * u.pc,  # so far that it does not matter
        obstime=Time(2000.0, format="jyear", scale="tdb"),
    )
    end = start.apply_space_motion(Time(2016.0, format="jyear", scale="tdb"))
    columns = {"ra": ra, "dec": dec, "pmra": pmra, "pmdec": pmdec}
    macros.register("stars", pa.table({**columns, "id": np.arange(ra.size)}))
    found = macros.sql(
        "select propagate_ra(ra, dec, pmra, pmdec, 2000, 2016) as ra, "
        "propagate_dec(ra, dec, pmra, pmdec, 2000, 2016) as dec from stars order by id"
    ).fetchnumpy()
    apart = SkyCoord(found["ra"] * u.deg, found["dec"] * u.deg).separation(end)
    assert apart.to_value(u.mas).max() < 1e-3


def test_separations_equal_those_of_astropy(macros, rng, positions):
    ra, dec = positions
    order = rng.permutation(ra.size)
    columns = {"a": ra, "b": dec, "c": ra[order], "d": dec[order]}
    macros.register("pairs", pa.table(columns))
    found = macros.sql(
        "select angular_separation(a, b, c, d) as separation from pairs"
    ).fetchnumpy()["separation"]
    expected = angular_separation(
        *(np.radians(x) for x in (ra, dec, ra[order], dec[order]))
    )
    assert np.abs(found - 3600 * np.degrees(expected)).max() < 1e-9
