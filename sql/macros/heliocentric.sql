-- heliocentric_x(ra, dec, distance), heliocentric_y, heliocentric_z: where a star lies from the
-- Sun, in kpc, along the axes of galactic_axes: towards the Galactic centre, towards l = 90 (the
-- direction of rotation) and the north Galactic pole. Positions in degrees (ICRS), distance in pc.
-- heliocentric_u(ra, dec, distance, pmra, pmdec, radial_velocity), heliocentric_v,
-- heliocentric_w: its velocity relative to the Sun along the same axes (U positive towards the
-- centre), in km/s, from proper motions in mas/yr (pmra times cos dec) and barycentric radial
-- velocity in km/s. NULL where a position or distance is none.
--     select heliocentric_u(ra, "dec", distance, pmra, pmdec, radial_velocity)
--     from main.kinematics;
-- position_along(x, y, z, …), velocity_along(x, y, z, …): the same along any axis of ICRS.
-- velocity_across(x, y, z, …): the share of the velocity that grows with distance.
-- km_s_per_au_yr(): 1 au per Julian year in km/s, what 1 arcsec/yr is at 1 pc.
-- known_distance(distance): NULL unless a number that a distance can be.
create or replace macro km_s_per_au_yr() as 149597870.7e0 / (365.25e0 * 86400e0);

create or replace macro known_distance(distance) as
    case when distance >= 0 and distance < 'infinity'::double then distance::double end;

create or replace macro position_along(x, y, z, ra, "dec", distance) as
    known_distance(distance) / 1000e0
    * turned_by(x, y, z, wrapped_ra(ra), case when "dec" between -90 and 90 then "dec" end);

create or replace macro velocity_across(x, y, z, ra, "dec", distance, pmra, pmdec) as
    km_s_per_au_yr() * known_distance(distance) / 1000e0
    * (
        pmra * (y * cos(radians(wrapped_ra(ra))) - x * sin(radians(wrapped_ra(ra))))
        + pmdec * (
            z * cos_dec("dec") - sin(radians("dec"::double))
            * (x * cos(radians(wrapped_ra(ra))) + y * sin(radians(wrapped_ra(ra))))
        )
    );

create or replace macro velocity_along(
    x, y, z, ra, "dec", distance, pmra, pmdec, radial_velocity
) as
    radial_velocity * turned_by(
        x, y, z, wrapped_ra(ra), case when "dec" between -90 and 90 then "dec" end
    )
    + velocity_across(x, y, z, ra, "dec", distance, pmra, pmdec);

create or replace macro heliocentric_position(axis, ra, "dec", distance) as
    position_along(
        galactic_axes()[axis][1],
        galactic_axes()[axis][2],
        galactic_axes()[axis][3],
        ra, "dec", distance
    );

create or replace macro heliocentric_velocity(
    axis, ra, "dec", distance, pmra, pmdec, radial_velocity
) as
    velocity_along(
        galactic_axes()[axis][1],
        galactic_axes()[axis][2],
        galactic_axes()[axis][3],
        ra, "dec", distance, pmra, pmdec, radial_velocity
    );

create or replace macro heliocentric_x(ra, "dec", distance) as
    heliocentric_position(1, ra, "dec", distance);

create or replace macro heliocentric_y(ra, "dec", distance) as
    heliocentric_position(2, ra, "dec", distance);

create or replace macro heliocentric_z(ra, "dec", distance) as
    heliocentric_position(3, ra, "dec", distance);

create or replace macro heliocentric_u(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    heliocentric_velocity(1, ra, "dec", distance, pmra, pmdec, radial_velocity);

create or replace macro heliocentric_v(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    heliocentric_velocity(2, ra, "dec", distance, pmra, pmdec, radial_velocity);

create or replace macro heliocentric_w(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    heliocentric_velocity(3, ra, "dec", distance, pmra, pmdec, radial_velocity);
