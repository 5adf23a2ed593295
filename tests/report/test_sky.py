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
        "create table report_rows as select i as star_id, 'apogee' as survey, "
        "true as is_best, random() * 360 as ra, random() * 180 - 90 as dec "
        "from range(300) as rows(i)"
    )
    positions = connection.execute("select ra, dec from report_rows").fetchnumpy()
    x, y = project(positions["ra"], positions["dec"])
    cells = Reader(connection).columns(
        "density", points="sky", survey="apogee",
        x_low=-3.0, x_high=3.0, x_bins=12, y_low=-1.5, y_high=1.5, y_bins=6,
    )  # fmt: skip
    counts, _, _ = np.histogram2d(x, y, bins=(12, 6), range=((-3, 3), (-1.5, 1.5)))
    found = np.zeros_like(counts)
    found[cells["x_cell"], cells["y_cell"]] = cells["n"]
    np.testing.assert_array_equal(found, counts)


def test_galactic_plane_is_where_astropy_has_it() -> None:
    ra, dec = galactic_plane()
    latitude = SkyCoord(ra, dec, unit="deg", frame="icrs").galactic.b
    assert np.abs(latitude).max() < 0.1 * u.arcsec
    assert np.all(np.diff(ra) >= 0)
