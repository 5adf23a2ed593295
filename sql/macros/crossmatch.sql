-- crossmatch(left_table, right_table, radius, …): the pairs of rows of two tables that lie within
-- radius (arcsec, any) of each other: left_id, right_id, separation (arcsec),
-- magnitude_difference, lacks_motion (see crossmatch_positions).
--     from crossmatch('raw.apogee', 'raw.mytargets', 1.0, right_id := 'name');
-- The tables or views, the smaller one left, are named as text and have positions in degrees; no
-- column healpix is needed. Columns are those that the ingest was told, or go by their usual
-- names, or are named: left_id, left_ra, right_dec and so on. Options:
-- mode := 'all' pairs; 'best': the nearest right row of each left one; 'best-right': the nearest
-- left row of each right one; 'mutual': pairs that are both; 'one-to-one': the nearest pair of
-- all, then the nearest of what is left without its two rows, and so on (what STILTS calls
-- best). Of equally near rows the smaller id wins; rows of one id are rows of their own.
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
with recursive stellarwh_near as (
    select *
    from crossmatch_pairs(
        left_table, right_table, radius, mode, left_id, right_id, left_ra, left_dec,
        right_ra, right_dec, epoch, left_epoch, right_epoch, left_pmra, left_pmdec,
        right_pmra, right_pmdec, left_error, right_error, sigmas, left_magnitude,
        right_magnitude, magnitude_limit
    )
),

-- Rows of one id that are as near are told apart by what is compared, before their place, which
-- a view may give otherwise each time.
stellarwh_ranked as (
    select
        *,
        row_number() over (
            partition by left_place
            order by separation, id_on_right, magnitude_difference, lacks_motion, right_place
        ) as right_rank,
        row_number() over (
            partition by right_place
            order by separation, id_on_left, magnitude_difference, lacks_motion, left_place
        ) as left_rank
    from stellarwh_near
    where mode <> 'all'
),

-- One order of all pairs. Among equally near ones those come first that are as far down the one
-- list as down the other, so that many rows at one place find their partners at once: the
-- first left one the first right one, and so on. The digest settles what is left, for by the
-- ids, rows in a regular grid would wait for each other.
stellarwh_ordered as (
    select
        *,
        row_number() over (
            order by
                separation,
                abs(left_rank - right_rank),
                md5(concat_ws(' ', id_on_left, id_on_right)),
                left_place,
                right_place
        ) as pair_rank
    from stellarwh_ranked
    where mode = 'one-to-one'
),

-- Pairs that are each other's first stay whatever else there is: each round takes them all.
stellarwh_rounds as (
    select
        left_place,
        right_place,
        pair_rank,
        left_rank = 1 and right_rank = 1 and false as is_taken
    from stellarwh_ordered
    union all
    select
        left_place,
        right_place,
        pair_rank,
        pair_rank = min(pair_rank) over (partition by left_place)
        and pair_rank = min(pair_rank) over (partition by right_place) as is_taken
    from (
        select
            left_place,
            right_place,
            pair_rank
        from stellarwh_rounds
        qualify
            not bool_or(is_taken) over (partition by left_place)
            and not bool_or(is_taken) over (partition by right_place)
    )
),

stellarwh_kept as (
    select
        id_on_left,
        id_on_right,
        separation,
        magnitude_difference,
        lacks_motion
    from stellarwh_near
    where coalesce(mode not in ('best', 'best-right', 'mutual', 'one-to-one'), true)
    union all
    select
        id_on_left,
        id_on_right,
        separation,
        magnitude_difference,
        lacks_motion
    from stellarwh_ranked
    where
        case mode
            when 'best' then right_rank = 1
            when 'best-right' then left_rank = 1
            when 'mutual' then left_rank = 1 and right_rank = 1
            else false
        end
    union all
    select
        id_on_left,
        id_on_right,
        separation,
        magnitude_difference,
        lacks_motion
    from stellarwh_ordered
    where
        pair_rank in (select stellarwh_rounds.pair_rank from stellarwh_rounds where is_taken)
)

select
    id_on_left as left_id,
    id_on_right as right_id,
    separation,
    magnitude_difference,
    lacks_motion
from stellarwh_kept;
