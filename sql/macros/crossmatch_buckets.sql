-- The buckets of crossmatch and cone_search: cells of an order that fits the radius. A row
-- also enters the buckets of the neighbours it is near to. Why no pair is lost: on its
-- way along a great circle of length radius, the cell coordinate x or y grows by at
-- most 1.453 sides of a base cell per radian (belt: sqrt(4/(pi cos dec)^2 +
-- (9/16) cos^2 dec) <= 1.021; caps: sqrt(6/(pi cos(c/2))^2 + 3/2 cos^2(c/2)) <= 1.453, c the
-- distance from the pole), and across an edge it goes on as x or y, perhaps turned. So a
-- partner in the next cell in x is near only if the row is within that margin of that
-- edge, one in the diagonal cell only if it is within it of both. A cell is at least two
-- margins wide, so nothing reaches further, nor both of two opposite edges. Where three
-- base cells meet there is no diagonal cell, and none is needed.
-- crossmatch_margin(radius): the margin in order-29 cells, one more for rounding; 0 where
-- the radius is too large for cells (above 19 degrees) and all rows share one bucket.
-- crossmatch_shift(radius): bits to drop from healpix to get the bucket.
-- crossmatch_step(bucket, healpix_order, x, y): the bucket one step on. All but the few at an
-- edge of a base cell stay within it, where the step is arithmetic on their bits: see
-- healpix_neighbour, which does it for the others and takes ten times as long.
create or replace macro crossmatch_margin(radius) as
    case
        when radius::double < 68400
            then (ceil(1.46::double * radians(radius::double / 3600) * 536870912) + 1)::bigint
        else 0
    end;

-- At least four margins wide where that is possible, but not below 26 arcsec: more rows
-- would need more than one bucket, and few buckets hold more than one row anyway.
create or replace macro crossmatch_order(radius) as
    greatest(
        least(
            floor(-log2(4::double * 1.46::double
            * radians(greatest(radius::double, 0.001::double) / 3600))),
            13
        ),
        0
    )::integer;

create or replace macro crossmatch_shift(radius) as
    case when radius::double < 68400 then 58 - 2 * crossmatch_order(radius) else 62 end;

-- -1 or 1 where the cell coordinate in these bits is within the margin of its lower or
-- upper edge. Interleaved bits of one axis keep its order, so they compare as they are.
create or replace macro crossmatch_edge(healpix, bits, margin) as
    case
        when (healpix & bits) < margin then -1
        when (healpix & bits) > bits - margin then 1
        else 0
    end;

create or replace macro crossmatch_step(bucket, healpix_order, x_step, y_step) as
    case
        when
            (
                x_step <> 0
                and bucket & healpix_mask(healpix_order)
                = case when x_step > 0 then healpix_mask(healpix_order) else 0 end
            )
            or (
                y_step <> 0
                and bucket & (2 * healpix_mask(healpix_order))
                = case when y_step > 0 then 2 * healpix_mask(healpix_order) else 0 end
            )
            then healpix_neighbour(healpix_order, bucket, x_step, y_step)
        else
            (bucket & (-1 - 3 * healpix_mask(healpix_order)))
            + (
                (
                    (bucket | (2 * healpix_mask(healpix_order)))
                    + (x_step & healpix_mask(healpix_order))
                )
                & healpix_mask(healpix_order)
            )
            + (
                (
                    (bucket | healpix_mask(healpix_order))
                    + ((2 * y_step) & (2 * healpix_mask(healpix_order)))
                )
                & (2 * healpix_mask(healpix_order))
            )
    end;
