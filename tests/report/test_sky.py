import astropy.units as u
import duckdb
import numpy as np
from astropy.coordinates import SkyCoord
from matplotlib.projections.geo import HammerAxes

from stellarwh.report.charts.sky import galactic_plane, project
from stellarwh.report.reader import Reader


def test_projects_like_matplotlib_with_ra_increasing_to_the_left() -> None:
    generator = np.random.default_rng(3)
    ra = generator.uniform(0, 360, 500)
    dec = generator.uniform(-90, 90, 500)
    transform = HammerAxes.HammerTransform(resolution=1)
    expected = transform.transform_non_affine(
        np.column_stack([np.radians(ra - 180), np.radians(dec)])
    )
    x, y = project(ra, dec)
    np.testing.assert_allclose(-x, expected[:, 0], atol=1e-9)
    np.testing.assert_allclose(y, expected[:, 1], atol=1e-9)


def test_sql_projects_like_python(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace table main.measurements as select i as star_id, "
        "'apogee' as survey, true as is_best, true as is_clean, random() * 360 as ra, "
        "random() * 180 - 90 as dec, 0 as teff, 0 as logg, 0 as fe_h, 0 as alpha_fe, "
        "0 as radial_velocity, 0 as snr from range(300) as rows(i)"
    )
    connection.execute(
        "create or replace table main.star_photometry as select 1 as star_id, "
        "'apogee' as survey, "
        "0 as bp_rp_0, 0 as j_ks_0, 0 as ks_mag, 0 as abs_g, 0 as abs_ks, "
        "0 as parallax_over_error"
    )
    positions = connection.execute("select ra, dec from main.measurements").fetchnumpy()
    x, y = project(positions["ra"], positions["dec"])
    cells = Reader(connection).figure("sky", survey="apogee")
    assert cells is not None
    counts, _, _ = np.histogram2d(
        x,
        y,
        bins=(72, 36),
        range=((-np.sqrt(8), np.sqrt(8)), (-np.sqrt(2), np.sqrt(2))),
    )
    found = np.zeros_like(counts)
    found[cells.array("x_cell"), cells.array("y_cell")] = cells.array("n")
    np.testing.assert_array_equal(found, counts)


def test_galactic_plane_is_where_astropy_has_it() -> None:
    ra, dec = galactic_plane()
    latitude = SkyCoord(ra, dec, unit="deg", frame="icrs").galactic.b
    assert np.abs(latitude).max() < 0.1 * u.arcsec
    assert np.all(np.diff(ra) >= 0)
