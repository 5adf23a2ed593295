-- crossmatch_settled(left_table, right_table, radius, …): what crossmatch finds in its modes other
-- than all: id_on_left, id_on_right, separation, magnitude_difference, lacks_motion.
create or replace macro crossmatch_settled(
    left_table, right_table, radius, mode, left_id, right_id, left_ra, left_dec, right_ra,
    right_dec, epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec,
    left_error, right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
) as table
with
-- crossmatch_kept takes both by name.
stellarwh_lefts as materialized ( -- noqa: ST03
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
)

select *
from crossmatch_kept(
    'stellarwh_lefts', 'stellarwh_rights', radius, mode,
    left_error is not null or right_error is not null, sigmas, magnitude_limit
);
