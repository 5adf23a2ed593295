-- The buckets of crossmatch: zones of declination, cut into cells of right ascension. They are
-- worked out from the positions alone, so no column healpix is needed, and none that is stale
-- or of another order can hide a pair. Each row of the right side is in one bucket, one of the
-- left side in all those that a partner within the radius may be in: one or two zones (a zone
-- is at least four radii high), and in each one or two cells.
-- Why no pair is lost: two positions within rho of each other differ by at most
-- 2 asin(sin(rho/2) / sqrt(cos dec1 cos dec2)) in right ascension (from the haversine), so by
-- at most pi/2 rho / c, where c is the least cosine: at the edge of the zone nearer to the
-- pole, and rho beyond it. A cosine is at least 1 - |dec| / 90, which takes no trigonometry;
-- with that for c, a cell is at least 4 rho / c wide. Where rho / c is larger than half the
-- circle there is one cell.
-- crossmatch_size(radius): the height of a zone, and the width of its cells on the sky, in
-- degrees; not below 25 arcsec: more rows would need more than one bucket.
-- crossmatch_zone(dec, radius): the number of the zone, as all numbers here a DOUBLE: casts
-- take longer than the arithmetic.
-- crossmatch_cells(zone, radius): how many cells the zone has.
-- crossmatch_width(zone, radius): the largest difference in right ascension, in degrees.
-- crossmatch_cells_of, crossmatch_width_of(zone, radius, size): the same for zones of any height.
-- crossmatch_narrow(zone, radius, size): 1 - |dec| / 90 rho beyond the zone's edge, 0 where that
-- is a pole.
create or replace macro crossmatch_size(radius) as
    greatest(4::double * radius::double / 3600::double, 0.007::double);

create or replace macro crossmatch_zone("dec", radius) as
    floor(("dec" + 90::double) / crossmatch_size(radius));

create or replace macro crossmatch_narrow("zone", radius, size) as
    greatest(
        1::double
        - (size / 2::double + radius::double / 3600::double) / 90::double
        - abs(("zone" + 0.5::double) * (size / 90::double) - 1::double),
        0::double
    );

create or replace macro crossmatch_cells_of("zone", radius, size) as
    greatest(
        floor(crossmatch_narrow("zone", radius, size) * (360::double / size)), 1::double
    );

-- A little more than pi/2, for rounding.
create or replace macro crossmatch_width_of("zone", radius, size) as
    least(
        1.6::double * radius::double / 3600::double
        / greatest(crossmatch_narrow("zone", radius, size), 1e-15::double)
        + 1e-12::double,
        360::double
    );

create or replace macro crossmatch_cells("zone", radius) as
    crossmatch_cells_of("zone", radius, crossmatch_size(radius));

create or replace macro crossmatch_width("zone", radius) as
    crossmatch_width_of("zone", radius, crossmatch_size(radius));
