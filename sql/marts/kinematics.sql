-- One row per star with a distance: where it is and how it moves in the Galaxy, with integrals
-- of its motion; all that main.star_phase_space says, and cylindrical r, phi, v_r, v_phi, l_z
-- (v_phi and l_z positive in the direction of rotation, phi 0 towards the Sun: see the macro
-- cylindrical_r), the speed v_tot and the energy in the potential of galactic_potential.
-- The frame is astropy's Galactocentric of 'v4.0': the centre 8.122 kpc away, the Sun 20.8 pc above
-- the plane and moving with 12.9, 245.6, 7.78 km/s (sources: macro galactocentric_x). The potential
-- is gala's MilkyWayPotential of 2017; its masses and lengths: macro galactic_potential. Units:
-- distance in pc; x, y, z, r in kpc; phi in degrees; velocities in km/s; l_z in kpc km/s; energy in
-- km2/s2.
-- Errors are of first order, from those of distance, proper motion and radial velocity as if
-- independent of each other; those of the frame (the Sun's place and motion) are not in them.
-- NULL where one of the errors is not known. The energy has none.
-- key: star_id
create or replace view main.kinematics as
with
-- How a kpc of distance moves the place (n) and the velocity (across), and what the errors of
-- proper motion (pmra, pmdec) do to the velocity.
steps as (
    select
        *,
        cylindrical_r(x, y) as r,
        sqrt(v_x * v_x + v_y * v_y + v_z * v_z) as v_tot,
        (x - sun_position(1)) / (distance / 1000) as n_x,
        (y - sun_position(2)) / (distance / 1000) as n_y,
        (z - sun_position(3)) / (distance / 1000) as n_z,
        galactocentric_across(1, ra, "dec", 1000, pmra, pmdec) as across_x,
        galactocentric_across(2, ra, "dec", 1000, pmra, pmdec) as across_y,
        galactocentric_across(3, ra, "dec", 1000, pmra, pmdec) as across_z,
        galactocentric_across(1, ra, "dec", distance, pmra_err, 0) as pmra_x,
        galactocentric_across(2, ra, "dec", distance, pmra_err, 0) as pmra_y,
        galactocentric_across(3, ra, "dec", distance, pmra_err, 0) as pmra_z,
        galactocentric_across(1, ra, "dec", distance, 0, pmdec_err) as pmdec_x,
        galactocentric_across(2, ra, "dec", distance, 0, pmdec_err) as pmdec_y,
        galactocentric_across(3, ra, "dec", distance, 0, pmdec_err) as pmdec_z,
        distance_err / 1000 as kpc_err,
        radial_velocity_err as along_err
    from main.star_phase_space
),

-- The same along the radius, the rotation and the motion itself.
turned as (
    select
        *,
        cylindrical_phi(x, y) as phi,
        cylindrical_v_r(x, y, v_x, v_y) as v_r,
        cylindrical_v_phi(x, y, v_x, v_y) as v_phi,
        cylindrical_v_r(x, y, n_x, n_y) as n_r,
        cylindrical_v_phi(x, y, n_x, n_y) as n_phi,
        cylindrical_v_r(x, y, across_x, across_y) as across_r,
        cylindrical_v_phi(x, y, across_x, across_y) as across_phi,
        cylindrical_v_r(x, y, pmra_x, pmra_y) as pmra_r,
        cylindrical_v_phi(x, y, pmra_x, pmra_y) as pmra_phi,
        cylindrical_v_r(x, y, pmdec_x, pmdec_y) as pmdec_r,
        cylindrical_v_phi(x, y, pmdec_x, pmdec_y) as pmdec_phi,
        (v_x * n_x + v_y * n_y + v_z * n_z) / nullif(v_tot, 0) as n_v,
        (v_x * across_x + v_y * across_y + v_z * across_z) / nullif(v_tot, 0) as across_v,
        (v_x * pmra_x + v_y * pmra_y + v_z * pmra_z) / nullif(v_tot, 0) as pmra_v,
        (v_x * pmdec_x + v_y * pmdec_y + v_z * pmdec_z) / nullif(v_tot, 0) as pmdec_v
    from steps
)

select
    turned.* exclude (
        v_tot, r, phi, v_r, v_phi, kpc_err, along_err, n_x, n_y, n_z, n_r, n_phi, n_v,
        across_x, across_y, across_z, across_r, across_phi, across_v,
        pmra_x, pmra_y, pmra_z, pmra_r, pmra_phi, pmra_v,
        pmdec_x, pmdec_y, pmdec_z, pmdec_r, pmdec_phi, pmdec_v
    ),
    r,
    abs(n_r) * kpc_err as r_err,
    phi,
    abs(n_z) * kpc_err as z_err,
    v_r,
    length_of(
        n_r * along_err, (across_r + v_phi * n_phi / r) * kpc_err, pmra_r, pmdec_r
    ) as v_r_err,
    v_phi,
    length_of(
        n_phi * along_err, (across_phi - v_r * n_phi / r) * kpc_err, pmra_phi, pmdec_phi
    ) as v_phi_err,
    length_of(n_z * along_err, across_z * kpc_err, pmra_z, pmdec_z) as v_z_err,
    v_tot,
    length_of(n_v * along_err, across_v * kpc_err, pmra_v, pmdec_v) as v_tot_err,
    angular_momentum_z(x, y, v_x, v_y) as l_z,
    length_of(
        r * n_phi * along_err,
        (n_r * v_phi - n_phi * v_r + r * across_phi) * kpc_err,
        r * pmra_phi,
        r * pmdec_phi
    ) as l_z_err,
    v_tot * v_tot / 2 + galactic_potential(r, z) as energy
from turned;
