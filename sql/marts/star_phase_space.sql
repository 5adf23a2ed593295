-- One row per star with a distance: what its place and motion rest on, and both of them, from the
-- Sun (x_helio towards the Galactic centre, y_helio towards l = 90, z_helio to the north; u, v,
-- w along them) and from the centre (x, y, z, v_x, v_y, v_z: astropy's Galactocentric of
-- 'v4.0'; see the macros heliocentric_x and galactocentric_x). Places are in kpc, the star's
-- distance in pc. ra and dec are those of main.stars, at their epoch. Velocities are NULL where
-- velocity_missing says what is missing.
-- key: star_id
create or replace view main.star_phase_space as
select
    stars.star_id,
    distances.distance_source,
    distances.distance_survey,
    distances.parallax_survey,
    motions.proper_motion_source,
    motions.radial_velocity_sources,
    distances.distance_quality,
    case
        when motions.radial_velocity is null and motions.pmra is null
            then 'no proper motion, no radial velocity of a clean row'
        when motions.radial_velocity is null then 'no radial velocity of a clean row'
        when motions.pmra is null then 'no proper motion'
    end as velocity_missing,
    stars.ra,
    stars."dec",
    galactic_l(stars.ra, stars."dec") as l,
    galactic_b(stars.ra, stars."dec") as b,
    distances.distance,
    distances.distance_err,
    distances.distance_lo,
    distances.distance_hi,
    distances.parallax_corrected,
    distances.parallax_err,
    distances.parallax_over_error,
    distances.ruwe,
    motions.pmra,
    motions.pmra_err,
    motions.pmdec,
    motions.pmdec_err,
    motions.radial_velocity,
    motions.radial_velocity_err,
    motions.radial_velocity_in_range,
    heliocentric_x(stars.ra, stars."dec", distances.distance) as x_helio,
    heliocentric_y(stars.ra, stars."dec", distances.distance) as y_helio,
    heliocentric_z(stars.ra, stars."dec", distances.distance) as z_helio,
    heliocentric_u(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as u,
    heliocentric_v(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as v,
    heliocentric_w(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as w,
    galactocentric_x(stars.ra, stars."dec", distances.distance) as x,
    galactocentric_y(stars.ra, stars."dec", distances.distance) as y,
    galactocentric_z(stars.ra, stars."dec", distances.distance) as z,
    galactocentric_v_x(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as v_x,
    galactocentric_v_y(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as v_y,
    galactocentric_v_z(
        stars.ra, stars."dec", distances.distance,
        motions.pmra, motions.pmdec, motions.radial_velocity
    ) as v_z
from main.stars as stars
inner join main.star_distances as distances on stars.star_id = distances.star_id
left join main.star_motions as motions on stars.star_id = motions.star_id
where distances.distance is not null;
