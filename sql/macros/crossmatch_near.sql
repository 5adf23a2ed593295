-- crossmatch_near(left_table, right_table, radius, …): of both tables the rows that have rows of
-- the other one in their buckets, as crossmatch compares them: is_left, id_on_left or
-- id_on_right, ra, dec, position_error, magnitude, lacks_motion; error_compared and
-- magnitude_compared, the two where pairs are chosen by them, else NULL; in_order, their place
-- in the order of their ids; spot, the first place of those that are alike in what is compared,
-- in_spot, their place among these, and n, how many these are; "name", their id as text.
create or replace macro crossmatch_near(
    left_table, right_table, radius, mode, left_id, right_id, left_ra, left_dec, right_ra,
    right_dec, epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec,
    left_error, right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
) as table
with stellarwh_left_rows as materialized (
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

stellarwh_right_rows as materialized (
    select *
    from crossmatch_right_buckets(
        right_table, right_id, right_ra, right_dec, right_epoch, epoch, right_pmra, right_pmdec,
        right_error, right_magnitude, radius
    )
    where
        valid_options(radius, mode, sigmas, magnitude_limit)
        and bucket in (select stellarwh_left_rows.bucket from stellarwh_left_rows)
),

stellarwh_both as (
    select
        true as is_left,
        id as id_on_left,
        null as id_on_right,
        * exclude (id, place)
    from (
        select distinct * exclude (bucket)
        from stellarwh_left_rows
        where bucket in (select stellarwh_right_rows.bucket from stellarwh_right_rows)
    )
    union all by name
    select
        false as is_left,
        id as id_on_right,
        * exclude (id, bucket)
    from stellarwh_right_rows
),

stellarwh_compared as (
    select
        *,
        case when left_error is not null or right_error is not null then position_error end
            as error_compared,
        case when magnitude_limit is not null then magnitude end as magnitude_compared,
        row_number() over (
            partition by is_left
            order by
                id_on_left, id_on_right, magnitude, position_error, lacks_motion, "dec", ra
        ) as in_order
    from stellarwh_both
)

select
    *,
    min(in_order) over (
        partition by is_left, ra, "dec", error_compared, magnitude_compared
    ) as spot,
    row_number() over (
        partition by is_left, ra, "dec", error_compared, magnitude_compared
        order by in_order
    ) as in_spot,
    count(*) over (
        partition by is_left, ra, "dec", error_compared, magnitude_compared
    ) as n,
    coalesce(id_on_left::varchar, id_on_right::varchar, '') as "name"
from stellarwh_compared;
