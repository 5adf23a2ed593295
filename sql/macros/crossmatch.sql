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
-- best). Of equally near rows the smaller id wins; in one-to-one, rows at one place pair in the
-- order of their ids, and places that are equally near by a digest of theirs. Rows of one id are
-- rows of their own. But for all, a crowd of n rows takes about n log n.
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
with
-- What follows takes both by name.
stellarwh_lefts as ( -- noqa: ST03
    select *
    from crossmatch_left_buckets(
        left_table, left_id, left_ra, left_dec, left_epoch, epoch, left_pmra, left_pmdec,
        left_error, left_magnitude, radius
    )
    where
        valid_options(radius, mode, sigmas, magnitude_limit)
        and used_options(
            epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec,
            left_error, right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
        )
),

stellarwh_rights as ( -- noqa: ST03
    select
        *,
        null::bigint as place
    from crossmatch_right_buckets(
        right_table, right_id, right_ra, right_dec, right_epoch, epoch, right_pmra,
        right_pmdec, right_error, right_magnitude, radius
    )
    where valid_options(radius, mode, sigmas, magnitude_limit)
),

stellarwh_all as ( -- noqa: ST03
    select *
    from crossmatch_compared(
        'stellarwh_lefts', 'stellarwh_rights', radius,
        left_error is not null or right_error is not null, sigmas, magnitude_limit
    )
),

stellarwh_kept as ( -- noqa: ST03
    select *
    from crossmatch_kept(
        'stellarwh_lefts', 'stellarwh_rights', radius, mode,
        left_error is not null or right_error is not null, sigmas, magnitude_limit
    )
)

select
    id_on_left as left_id,
    id_on_right as right_id,
    separation,
    magnitude_difference,
    lacks_motion
-- Only the one that is named is planned.
from query_table(case
    when mode in ('best', 'best-right', 'mutual', 'one-to-one') then 'stellarwh_kept'
    else 'stellarwh_all'
end);
