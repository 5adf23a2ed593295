-- galactocentric_x(ra, dec, distance), galactocentric_y, galactocentric_z: where a star lies from
-- the Galactic centre, in kpc, in astropy's Galactocentric frame of 'v4.0': right-handed, x
-- from the Sun's side to the centre, y in the direction of rotation, z to the north; the Sun lies
-- at x = -8.122, z = +0.0208.
-- galactocentric_v_x(ra, dec, distance, pmra, pmdec, radial_velocity), galactocentric_v_y,
-- galactocentric_v_z: its velocity there, in km/s, relative to the centre. Arguments are those of
-- heliocentric_x and heliocentric_u.
-- The frame: centre at ICRS 266.4051, -28.936175 (Reid & Brunthaler 2004, ApJ 616, 872), 8.122 kpc
-- away (GRAVITY 2018, A&A 615, L15); the Sun 20.8 pc above the plane (Bennett & Bovy 2019, MNRAS
-- 482, 1417), its velocity 12.9, 245.6, 7.78 km/s (Drimmel & Poggio 2018, RNAAS 2, 210); roll 0.
-- galactocentric_axes(): its axes in ICRS, in the order x, y, z. sun_position(axis) in kpc and
-- sun_velocity(axis) in km/s: the Sun's. galactocentric_across(axis, …): what proper motion
-- adds to the velocity along an axis.
create or replace macro galactocentric_axes() as [
    [-0.05709582033371169658e0, -0.8739415856218070559e0, -0.4826656940587990458e0],
    [0.494110762704004666e0, -0.4448286178025454658e0, 0.7469819642829026984e0],
    [-0.8675221158451738891e0, -0.1958407661972313099e0, 0.4572217982716857266e0]
];

create or replace macro sun_position(axis) as [-8.1219733661222996e0, 0e0, 0.0208e0][axis];

create or replace macro sun_velocity(axis) as [12.9e0, 245.6e0, 7.78e0][axis];

create or replace macro galactocentric_position(axis, ra, "dec", distance) as
    sun_position(axis) + position_along(
        galactocentric_axes()[axis][1],
        galactocentric_axes()[axis][2],
        galactocentric_axes()[axis][3],
        ra, "dec", distance
    );

create or replace macro galactocentric_velocity(
    axis, ra, "dec", distance, pmra, pmdec, radial_velocity
) as
    sun_velocity(axis) + velocity_along(
        galactocentric_axes()[axis][1],
        galactocentric_axes()[axis][2],
        galactocentric_axes()[axis][3],
        ra, "dec", distance, pmra, pmdec, radial_velocity
    );

create or replace macro galactocentric_across(axis, ra, "dec", distance, pmra, pmdec) as
    velocity_across(
        galactocentric_axes()[axis][1],
        galactocentric_axes()[axis][2],
        galactocentric_axes()[axis][3],
        ra, "dec", distance, pmra, pmdec
    );

create or replace macro galactocentric_x(ra, "dec", distance) as
    galactocentric_position(1, ra, "dec", distance);

create or replace macro galactocentric_y(ra, "dec", distance) as
    galactocentric_position(2, ra, "dec", distance);

create or replace macro galactocentric_z(ra, "dec", distance) as
    galactocentric_position(3, ra, "dec", distance);

create or replace macro galactocentric_v_x(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    galactocentric_velocity(1, ra, "dec", distance, pmra, pmdec, radial_velocity);

create or replace macro galactocentric_v_y(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    galactocentric_velocity(2, ra, "dec", distance, pmra, pmdec, radial_velocity);

create or replace macro galactocentric_v_z(ra, "dec", distance, pmra, pmdec, radial_velocity) as
    galactocentric_velocity(3, ra, "dec", distance, pmra, pmdec, radial_velocity);
