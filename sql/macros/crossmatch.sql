-- crossmatch(left_table, right_table, radius, …): the pairs of rows of two tables that lie within
-- radius (arcsec, any) of each other: left_id, right_id, separation (arcsec),
-- magnitude_difference, lacks_motion (see crossmatch_positions).
--     from crossmatch('raw.apogee', 'raw.mytargets', 1.0, right_id := 'name');
-- The tables or views, the smaller one left, are named as text and have the column healpix (order
-- 29, as ingest writes it; rows where it is NULL match nothing) and positions in degrees. Columns
-- go by their usual names or are named: left_id, left_ra, right_dec and so on. Options:
-- mode := 'all' pairs; 'best': the nearest right row of each left one; 'best-right': the nearest
-- left row of each right one; 'mutual': pairs that are both; 'one-to-one': the nearest pair of
-- all, then the nearest of what is left without its two rows, and so on (what STILTS calls
-- best). Of equally near rows the smaller id wins; ids must be unique.
-- epoch, left_epoch, right_epoch, left_pmra, left_pmdec, …: bring both sides to one epoch
-- by their proper motions (mas/yr) first. An epoch is a year or the column that holds it.
-- left_error, right_error, sigmas: columns of positional errors (arcsec); only pairs within sigmas
-- times their errors, added in quadrature, and within radius. An error that is NULL adds
-- nothing; where both are, radius alone counts.
-- left_magnitude, right_magnitude, magnitude_limit: only pairs whose magnitudes do not differ more.
create or replace macro crossmatch(
    left_table,
    right_table,
    radius,
    mode := 'all',
    left_id := null,
    right_id := null,
    left_ra := null,
    left_dec := null,
    right_ra := null,
    right_dec := null,
    epoch := null,
    left_epoch := null,
    right_epoch := null,
    left_pmra := null,
    left_pmdec := null,
    right_pmra := null,
    right_pmdec := null,
    left_error := null,
    right_error := null,
    sigmas := 3,
    left_magnitude := null,
    right_magnitude := null,
    magnitude_limit := null
) as table
with recursive left_positions as (
    select *
    from crossmatch_positions(
        left_table, left_id, left_ra, left_dec, left_epoch, epoch,
        left_pmra, left_pmdec, left_error, left_magnitude
    )
),

right_positions as (
    select
        *,
        healpix >> crossmatch_shift(radius) as bucket
    from crossmatch_positions(
        right_table, right_id, right_ra, right_dec, right_epoch, epoch,
        right_pmra, right_pmdec, right_error, right_magnitude
    )
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
    select
        *,
        healpix >> crossmatch_shift(radius) as bucket
    from left_positions
    union all
    select
        left_near_edges.* exclude (x_edge, y_edge),
        crossmatch_step(
            left_near_edges.healpix >> crossmatch_shift(radius),
            crossmatch_order(radius),
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
        ) as separation,
        abs(left_buckets.magnitude - right_positions.magnitude) as magnitude_difference,
        left_buckets.lacks_motion or right_positions.lacks_motion as lacks_motion,
        case
            when left_error is null and right_error is null then radius::double
            else least(
                radius::double,
                sigmas::double * sqrt(
                    coalesce(
                        pow(left_buckets.position_error, 2)
                        + pow(right_positions.position_error, 2),
                        pow(left_buckets.position_error, 2),
                        pow(right_positions.position_error, 2)
                    )
                )
            )
        end as pair_radius
    from left_buckets
    inner join right_positions
        on
            left_buckets.bucket = right_positions.bucket
            and abs(left_buckets."dec" - right_positions."dec")
            <= radius::double / 3600 + 1e-12::double
),

ranked as (
    select
        pairs.* exclude (pair_radius),
        row_number() over (
            partition by pairs.left_id order by pairs.separation, pairs.right_id
        ) = 1 as is_best,
        row_number() over (
            partition by pairs.right_id order by pairs.separation, pairs.left_id
        ) = 1 as is_best_right
    from pairs
    where
        pairs.separation <= pairs.pair_radius
        and (
            magnitude_limit is null
            or coalesce(pairs.magnitude_difference <= magnitude_limit::double, true)
        )
),

-- Pairs that are each other's nearest stay whatever else there is: each round takes them all.
rounds as (
    select *
    from ranked
    where mode = 'one-to-one'
    union all
    select
        rest.*,
        row_number() over (
            partition by rest.left_id order by rest.separation, rest.right_id
        ) = 1 as is_best,
        row_number() over (
            partition by rest.right_id order by rest.separation, rest.left_id
        ) = 1 as is_best_right
    from (
        select rounds.* exclude (is_best, is_best_right)
        from rounds
        qualify
            not bool_or(rounds.is_best and rounds.is_best_right)
                over (partition by rounds.left_id)
            and not bool_or(rounds.is_best and rounds.is_best_right)
                over (partition by rounds.right_id)
    ) as rest
),

kept as (
    select *
    from ranked
    where
        case mode
            when 'all' then true
            when 'best' then is_best
            when 'best-right' then is_best_right
            when 'mutual' then is_best and is_best_right
            when 'one-to-one' then false
            else error(
                'There is no mode ' || mode
                || '; there are all, best, best-right, mutual and one-to-one.'
            )
        end
    union all
    select *
    from rounds
    where is_best and is_best_right
)

select
    kept.left_id,
    kept.right_id,
    kept.separation,
    kept.magnitude_difference,
    kept.lacks_motion
from kept;
