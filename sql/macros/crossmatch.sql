-- crossmatch(left_table, right_table, radius, …): every pair of rows of two tables that lie
-- within radius (arcsec, any) of each other: left_id, right_id, separation (arcsec).
--     from crossmatch('raw.apogee', 'raw.mytargets', 1.0, right_id := 'name');
-- The tables or views are named as text and have the column healpix (order 29, as ingest
-- writes it; rows where it is NULL match nothing) and positions in degrees. Their columns
-- are found by name (crossmatch_names) or named with left_id, right_id, left_ra, left_dec,
-- right_ra, right_dec. The left table should be the smaller one.
--
-- Rows meet in buckets: cells of the order that crossmatch_order chooses from the radius. A
-- left row also enters the buckets of the neighbours it is near to. Why no pair is lost:
-- on its way along a great circle of length radius, the cell coordinate x or y grows
-- by at most 1.453 sides of a base cell per radian (belt: sqrt(4/(pi cos dec)^2 +
-- (9/16) cos^2 dec) <= 1.021; caps: sqrt(6/(pi cos(c/2))^2 + 3/2 cos^2(c/2)) <= 1.453, c the
-- distance from the pole), and across an edge it goes on as x or y, perhaps turned. So a
-- partner in the next cell in x is near only if the left row is within that margin of that
-- edge, one in the diagonal cell only if it is within it of both. A cell is at least two
-- margins wide, so nothing reaches further, nor both of two opposite edges. Where three
-- base cells meet there is no diagonal cell, and none is needed.
-- crossmatch_margin(radius): the margin in order-29 cells, one more for rounding; 0 where
-- the radius is too large for cells (above 19 degrees) and all rows share one bucket.
-- crossmatch_shift(radius): bits to drop from healpix to get the bucket.
create or replace macro crossmatch_names(named, "default") as
    case when named is null then "default" else [lower(named)] end;

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

create or replace macro crossmatch(
    left_table,
    right_table,
    radius,
    left_id := null,
    right_id := null,
    left_ra := null,
    left_dec := null,
    right_ra := null,
    right_dec := null
) as table
with left_positions as (
    select
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            left_id, ['source_id', 'id', 'apogee_id', 'sobject_id', 'obsid']
        ))) as id,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            left_ra, ['ra', 'ra_dr2']
        )))::double as ra,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            left_dec, ['dec', 'dec_dr2']
        )))::double as "dec",
        healpix
    from query_table(left_table)
    where healpix is not null
),

right_positions as (
    select
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            right_id, ['source_id', 'id', 'apogee_id', 'sobject_id', 'obsid']
        ))) as id,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            right_ra, ['ra', 'ra_dr2']
        )))::double as ra,
        coalesce(*columns(lambda c: lower(c) in crossmatch_names(
            right_dec, ['dec', 'dec_dr2']
        )))::double as "dec",
        healpix >> crossmatch_shift(radius) as bucket
    from query_table(right_table)
    where healpix is not null
),

left_near_edges as (
    select
        *,
        crossmatch_edge(
            healpix,
            healpix_mask(crossmatch_shift(radius) // 2),
            healpix_spread(crossmatch_margin(radius))
        ) as x_edge,
        crossmatch_edge(
            healpix,
            2 * healpix_mask(crossmatch_shift(radius) // 2),
            2 * healpix_spread(crossmatch_margin(radius))
        ) as y_edge
    from left_positions
    where x_edge <> 0 or y_edge <> 0
),

left_buckets as (
    select id, ra, "dec", healpix >> crossmatch_shift(radius) as bucket
    from left_positions
    union all
    select
        left_near_edges.id,
        left_near_edges.ra,
        left_near_edges."dec",
        healpix_neighbour(
            crossmatch_order(radius),
            left_near_edges.healpix >> crossmatch_shift(radius),
            left_near_edges.x_edge * steps.x,
            left_near_edges.y_edge * steps.y
        ) as bucket
    from left_near_edges
    inner join (values (1, 0), (0, 1), (1, 1)) as steps (x, y)
        on
            (steps.x = 0 or left_near_edges.x_edge <> 0)
            and (steps.y = 0 or left_near_edges.y_edge <> 0)
),

pairs as (
    select
        left_buckets.id as left_id,
        right_positions.id as right_id,
        angular_separation(
            left_buckets.ra, left_buckets."dec", right_positions.ra, right_positions."dec"
        ) as separation
    from left_buckets
    inner join right_positions
        on
            left_buckets.bucket = right_positions.bucket
            and abs(left_buckets."dec" - right_positions."dec")
            <= radius::double / 3600 + 1e-12::double
)

select pairs.left_id, pairs.right_id, pairs.separation
from pairs
where pairs.separation <= radius;
