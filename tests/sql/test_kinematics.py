"""Places and velocities in the Galaxy are those of astropy, and of a simulated sky."""

from pathlib import Path

import astropy.units as u
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from astropy.coordinates import (
    CylindricalDifferential,
    CylindricalRepresentation,
    Galactocentric,
    SkyCoord,
    galactocentric_frame_defaults,
)

from stellarwh.ingest import ingest_survey
from stellarwh.simulate import simulate
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

KM_S = u.km / u.s
PLACE = 'ra, "dec", distance'
MOTION = f"{PLACE}, pmra, pmdec, radial_velocity"


def known_to_astropy(stars):
    """Return stars (distance in pc) as astropy has them."""
    return SkyCoord(
        ra=stars["ra"] * u.deg,
        dec=stars["dec"] * u.deg,
        distance=stars["distance"] * u.pc,
        pm_ra_cosdec=stars["pmra"] * u.mas / u.yr,
        pm_dec=stars["pmdec"] * u.mas / u.yr,
        radial_velocity=stars["radial_velocity"] * KM_S,
    )


def in_the_galaxy(stars):
    """Return stars in astropy's Galactocentric frame of v4.0."""
    with galactocentric_frame_defaults.set("v4.0"):
        return known_to_astropy(stars).transform_to(Galactocentric())


def in_cylinders(stars):
    """Return r, phi, v_r, v_phi and l_z with the signs of ``main.kinematics``."""
    there = in_the_galaxy(stars)
    turned = there.represent_as(CylindricalRepresentation, CylindricalDifferential)
    moving = turned.differentials["s"]
    around = (turned.rho * moving.d_phi).to_value(KM_S, u.dimensionless_angles())
    r = turned.rho.to_value(u.kpc)
    return {
        "r": r,
        "phi": (360 - turned.phi.to_value(u.deg)) % 360 - 180,
        "v_r": moving.d_rho.to_value(KM_S),
        "v_phi": -around,
        "v_z": there.v_z.to_value(KM_S),
        "v_tot": np.linalg.norm(there.velocity.d_xyz.to_value(KM_S), axis=0),
        "l_z": -r * around,
    }


@pytest.fixture(scope="module")
def stars():
    """Return stars all over the sky, from 10 pc to 100 kpc."""
    rng = np.random.default_rng(14)
    n = 20_000
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    dec[:1_000] = 90 - 10.0 ** -rng.uniform(0, 12, 1_000)
    dec[1_000:2_000] = 10.0 ** -rng.uniform(0, 12, 1_000) - 90
    dec[2_000:2_002] = 90, -90
    ra = rng.uniform(0, 360, n)
    ra[2_002:2_100] = 0
    ra[2_100:2_200] = 360
    ra[2_200:2_300] = -179.5  # a right ascension of -180 to 0 is one, too
    return {
        "ra": ra,
        "dec": dec,
        "distance": 10.0 ** rng.uniform(1, 5, n),
        "pmra": rng.normal(0, 30, n),
        "pmdec": rng.normal(0, 30, n),
        "radial_velocity": rng.normal(0, 150, n),
    }


def asked(warehouse, stars, *columns):
    warehouse.register("given", pa.table(stars))
    found = warehouse.sql(f"select {', '.join(columns)} from given").fetchnumpy()
    return np.array(list(found.values()))


def apart(found, expected):
    """Return the largest relative difference of vectors."""
    return np.max(
        np.linalg.norm(found - expected, axis=0) / np.linalg.norm(expected, axis=0)
    )


def test_galactocentric_vectors_are_those_of_astropy(warehouse, stars):
    expected = in_the_galaxy(stars)
    places = asked(warehouse, stars, *[f"galactocentric_{a}({PLACE})" for a in "xyz"])
    assert apart(places, expected.cartesian.xyz.to_value(u.kpc)) < 1e-12
    motions = asked(
        warehouse, stars, *[f"galactocentric_v_{a}({MOTION})" for a in "xyz"]
    )
    assert apart(motions, expected.velocity.d_xyz.to_value(KM_S)) < 1e-12


def test_heliocentric_vectors_are_those_of_astropy(warehouse, stars):
    expected = known_to_astropy(stars).galactic
    places = asked(warehouse, stars, *[f"heliocentric_{a}({PLACE})" for a in "xyz"])
    assert apart(places, expected.cartesian.xyz.to_value(u.kpc)) < 1e-12
    motions = asked(warehouse, stars, *[f"heliocentric_{a}({MOTION})" for a in "uvw"])
    assert apart(motions, expected.velocity.d_xyz.to_value(KM_S)) < 1e-12


def test_the_sun_itself_stands_where_the_frame_has_it(warehouse):
    sun = {name: [0.0] for name in MOTION.replace('"', "").split(", ")}
    place = asked(warehouse, sun, *[f"galactocentric_{a}({PLACE})" for a in "xyz"])
    assert np.linalg.norm(place) == pytest.approx(8.122, rel=1e-14)
    assert place[2, 0] == pytest.approx(0.0208)
    motion = asked(warehouse, sun, *[f"galactocentric_v_{a}({MOTION})" for a in "xyz"])
    assert motion[:, 0].tolist() == [12.9, 245.6, 7.78]


def test_cylindrical_values_are_those_of_astropy_with_the_stated_signs(
    warehouse, stars
):
    there = in_the_galaxy(stars)
    vectors = {
        **dict(zip("xyz", there.cartesian.xyz.to_value(u.kpc), strict=True)),
        **dict(
            zip(("v_x", "v_y", "v_z"), there.velocity.d_xyz.to_value(KM_S), strict=True)
        ),
    }
    r, phi, v_r, v_phi, l_z = asked(
        warehouse,
        vectors,
        "cylindrical_r(x, y)",
        "cylindrical_phi(x, y)",
        "cylindrical_v_r(x, y, v_x, v_y)",
        "cylindrical_v_phi(x, y, v_x, v_y)",
        "angular_momentum_z(x, y, v_x, v_y)",
    )
    expected = in_cylinders(stars)
    np.testing.assert_allclose(r, expected["r"], rtol=1e-12)
    turned = (phi - expected["phi"] + 180) % 360 - 180
    assert np.abs(turned).max() < 1e-9
    speed = expected["v_tot"]
    assert np.max(np.abs(v_r - expected["v_r"]) / speed) < 1e-9
    assert np.max(np.abs(v_phi - expected["v_phi"]) / speed) < 1e-9
    assert np.max(np.abs(l_z - expected["l_z"]) / (speed * r)) < 1e-9


def test_the_potential_holds_the_orbit_of_its_circular_velocity(warehouse):
    """gala 1.11 gives 231.5163022 km/s for MilkyWayPotential (v1) at 8.122 kpc."""
    ((pull,),) = warehouse.sql("""
        select (galactic_potential(r + h, 0) - galactic_potential(r - h, 0)) / (2 * h)
        from (select 8.122 as r, 1e-4 as h)
    """).fetchall()
    assert np.sqrt(8.122 * pull) == pytest.approx(231.5163022, rel=1e-7)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Return kinematics of a small simulated sky, beside the truth by astropy."""
    folder = tmp_path_factory.mktemp("kinematics")
    files = simulate(folder, stars=1500, seed=14)
    with open_warehouse(Path(folder / "sky.duckdb")) as connection:
        for survey in ("apogee", "galah", "lamost"):
            ingest_survey(connection, survey, files[survey])
        build_views(connection)
        connection.register("truth", pl.read_parquet(files["truth"]))
        rows = connection.sql("""
            with true_stars as (
                select measurements.star_id, any_value(columns(truth.*))
                from main.measurements as measurements
                inner join truth using (survey, source_id)
                where measurements.is_best
                group by measurements.star_id
                having count(distinct truth.truth_id) = 1
            )
            select kinematics.*,
                true_stars.ra as true_ra, true_stars."dec" as true_dec,
                true_stars.distance * 1000 as true_distance,
                true_stars.pmra as true_pmra, true_stars.pmdec as true_pmdec,
                true_stars.radial_velocity as true_radial_velocity,
                parameters.radial_velocity as mean_velocity,
                parameters.radial_velocity_err as mean_velocity_err,
                parameters.radial_velocity_sources as mean_velocity_sources
            from main.kinematics as kinematics
            inner join true_stars on kinematics.star_id = true_stars.star_id
            left join main.parameters on kinematics.star_id = parameters.star_id
        """).pl()
    names = MOTION.replace('"', "").split(", ")
    true = in_cylinders({name: rows[f"true_{name}"].to_numpy() for name in names})
    return rows.with_columns(
        pl.Series(f"true_{name}", value) for name, value in true.items()
    )


def test_every_star_of_a_simulated_sky_says_what_it_has(simulated):
    complete = simulated["velocity_missing"].is_null()
    for name in ("u", "v_x", "v_phi", "v_tot", "v_tot_err", "l_z", "energy"):
        assert (simulated[name].is_not_null() == complete).all()
    assert simulated["x"].null_count() == 0
    # Only APOGEE's files have proper motions; GALAH's and LAMOST's do not.
    assert set(simulated["proper_motion_source"].drop_nulls()) == {"apogee"}
    assert complete.mean() > 0.4


def test_the_radial_velocity_is_that_of_parameters(simulated):
    """One star, one velocity: the mean of its surveys, wherever it is asked for."""
    of_two = simulated["radial_velocity_sources"].list.len() > 1
    assert of_two.sum() > 50
    for name in ("", "_err", "_sources"):
        mean = simulated[f"mean_velocity{name}"]
        assert simulated[f"radial_velocity{name}"].equals(mean)


@pytest.mark.parametrize(
    "name", ["distance", "r", "v_r", "v_phi", "v_z", "v_tot", "l_z"]
)
def test_errors_hold_against_the_truth(simulated, name):
    kept = simulated.filter(
        pl.col("velocity_missing").is_null()
        & pl.col("radial_velocity_sources").list.contains("apogee")
        & (pl.col("distance_quality") == "error up to 10 %")
    )
    assert len(kept) > 300
    pull = (kept[name] - kept[f"true_{name}"]) / kept[f"{name}_err"]
    low, middle, high = np.percentile(pull.to_numpy(), [15.87, 50, 84.13])
    assert abs(middle) < 0.2
    assert 0.85 < (high - low) / 2 < 1.2
