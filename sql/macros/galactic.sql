-- galactic_l(ra, dec), galactic_b(ra, dec): Galactic longitude (0..360) and latitude in degrees of
-- an ICRS position in degrees; ra_of_galactic(l, b), dec_of_galactic(l, b): the way back. NULL
-- where a position is none: a longitude beyond -180..360, a latitude beyond -90..90.
--     select star_id, galactic_l(ra, dec) as l, galactic_b(ra, dec) as b from main.stars;
-- galactic_axes(): the axes of the Galactic frame in ICRS, towards the centre, l = 90 and the
-- north pole. They are astropy's: the pole of J2000 at 192.8594812065348, 27.12825118085622 in
-- FK5, position angle 122.9319185680026 (Reid & Brunthaler 2004, ApJ 616, 872, appendix), and FK5
-- turned into ICRS. The matrix of the Hipparcos catalogue, which takes the pole of 1958 for
-- one of ICRS, lies 0.02 arcsec off.
-- turned_by(axis, lon, lat): the share of a direction along an axis.
create or replace macro galactic_axes() as [
    [-0.054875657712591633e0, -0.87343705195561583e0, -0.48383507361671541e0],
    [0.49410943719272682e0, -0.44482972122329523e0, 0.7469821839866676e0],
    [-0.8676661375596576e0, -0.19807633727300053e0, 0.45598381368730168e0]
];

create or replace macro turned_by(x, y, z, lon, lat) as
    x * cos_dec(lat) * cos(radians(lon))
    + y * cos_dec(lat) * sin(radians(lon))
    + z * sin(radians(lat::double));

create or replace macro to_galactic(axis, ra, "dec") as
    turned_by(
        galactic_axes()[axis][1],
        galactic_axes()[axis][2],
        galactic_axes()[axis][3],
        wrapped_ra(ra),
        case when "dec" between -90 and 90 then "dec" end
    );

create or replace macro from_galactic(axis, l, b) as
    turned_by(
        galactic_axes()[1][axis],
        galactic_axes()[2][axis],
        galactic_axes()[3][axis],
        wrapped_ra(l),
        case when b between -90 and 90 then b end
    );

-- longitude_of(x, y): in 0..360; latitude_of(x, y, z): exact at the poles, too.
create or replace macro longitude_of(x, y) as
    (degrees(atan2(y, x)) + 360::double) % 360::double;

create or replace macro latitude_of(x, y, z) as
    degrees(atan2(z, sqrt(x * x + y * y)));

create or replace macro galactic_l(ra, "dec") as
    longitude_of(to_galactic(1, ra, "dec"), to_galactic(2, ra, "dec"));

create or replace macro galactic_b(ra, "dec") as
    latitude_of(
        to_galactic(1, ra, "dec"), to_galactic(2, ra, "dec"), to_galactic(3, ra, "dec")
    );

create or replace macro ra_of_galactic(l, b) as
    longitude_of(from_galactic(1, l, b), from_galactic(2, l, b));

create or replace macro dec_of_galactic(l, b) as
    latitude_of(from_galactic(1, l, b), from_galactic(2, l, b), from_galactic(3, l, b));
