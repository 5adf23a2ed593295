-- crossmatch_pairs(left_table, right_table, radius, …): what crossmatch finds in mode all:
-- id_on_left, id_on_right, separation, magnitude_difference, lacks_motion.
create or replace macro crossmatch_pairs(
    left_table, right_table, radius, mode, left_id, right_id, left_ra, left_dec, right_ra,
    right_dec, epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec,
    left_error, right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
) as table
with stellarwh_left_buckets as (
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

stellarwh_right_buckets as (
    select *
    from crossmatch_right_buckets(
        right_table, right_id, right_ra, right_dec, right_epoch, epoch, right_pmra, right_pmdec,
        right_error, right_magnitude, radius
    )
    where valid_options(radius, mode, sigmas, magnitude_limit)
),

stellarwh_pairs as (
    select
        stellarwh_left_buckets.id as id_on_left,
        stellarwh_right_buckets.id as id_on_right,
        angular_separation(
            stellarwh_left_buckets.ra,
            stellarwh_left_buckets."dec",
            stellarwh_right_buckets.ra,
            stellarwh_right_buckets."dec"
        ) as separation,
        abs(stellarwh_left_buckets.magnitude - stellarwh_right_buckets.magnitude)
            as magnitude_difference,
        stellarwh_left_buckets.lacks_motion or stellarwh_right_buckets.lacks_motion
            as lacks_motion,
        crossmatch_reach(
            usable_radius(radius),
            sigmas,
            left_error is not null or right_error is not null,
            stellarwh_left_buckets.position_error,
            stellarwh_right_buckets.position_error
        ) as pair_radius
    from stellarwh_left_buckets
    inner join stellarwh_right_buckets
        on
            stellarwh_left_buckets.bucket = stellarwh_right_buckets.bucket
            and abs(stellarwh_left_buckets."dec" - stellarwh_right_buckets."dec")
            <= usable_radius(radius) / 3600::double + 1e-12::double
)

select * exclude (pair_radius)
from stellarwh_pairs
where
    separation <= pair_radius
    and (
        magnitude_limit is null
        or coalesce(magnitude_difference <= magnitude_limit::double, true)
    );
