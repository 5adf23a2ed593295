-- crossmatch_kept(lefts, rights, radius, mode, …): the pairs that crossmatch keeps in its modes
-- other than all (id_on_left, id_on_right, separation, magnitude_difference, lacks_motion) of two
-- lists, named as text, that have what crossmatch_left_buckets and crossmatch_right_buckets give.
-- A pair whose two rows have no other one is kept in every mode. Rows that have others, and
-- those in a crowded bucket, whose pairs are not even listed, are few on most skies and are
-- settled step by step (crossmatch_settling); none of them sees a row of such a pair.
create or replace macro crossmatch_kept(
    lefts, rights, radius, mode, uses_errors, sigmas, magnitude_limit
) as table
with stellarwh_near_rights as materialized (
    select
        * exclude (place),
        row_number() over () as place
    from query_table(rights)
    where bucket in (select found.bucket from query_table(lefts) as found)
),

stellarwh_near_lefts as materialized (
    select *
    from query_table(lefts)
    where bucket in (select stellarwh_near_rights.bucket from stellarwh_near_rights)
),

stellarwh_crowds as materialized (
    select bucket
    from stellarwh_near_lefts
    where
        bucket in (
            select stellarwh_near_rights.bucket
            from stellarwh_near_rights
            group by stellarwh_near_rights.bucket
            having count(*) > crossmatch_crowd()
        )
    group by bucket
    having count(*) > crossmatch_crowd()
),

stellarwh_crowded as materialized (
    select place
    from stellarwh_near_lefts
    where bucket in (select stellarwh_crowds.bucket from stellarwh_crowds)
),

-- crossmatch_compared and crossmatch_settling take these by name.
stellarwh_sparse as ( -- noqa: ST03
    select *
    from stellarwh_near_rights
    where bucket not in (select stellarwh_crowds.bucket from stellarwh_crowds)
),

stellarwh_pairs as materialized (
    select *
    from crossmatch_compared(
        'stellarwh_near_lefts', 'stellarwh_sparse', radius, uses_errors, sigmas,
        magnitude_limit
    )
),

stellarwh_judged as materialized (
    select
        *,
        left_place in (
            select many.left_place
            from stellarwh_pairs as many
            group by many.left_place
            having count(*) > 1
            union all
            select stellarwh_crowded.place
            from stellarwh_crowded
        )
        or right_place in (
            select many.right_place
            from stellarwh_pairs as many
            group by many.right_place
            having count(*) > 1
        ) as is_tangled
    from stellarwh_pairs
),

stellarwh_tangled_lefts as ( -- noqa: ST03
    select distinct * exclude (bucket)
    from stellarwh_near_lefts
    where
        place in (
            select judged.left_place
            from stellarwh_judged as judged
            where judged.is_tangled
            union all
            select stellarwh_crowded.place
            from stellarwh_crowded
        )
),

stellarwh_tangled_rights as ( -- noqa: ST03
    select * exclude (bucket)
    from stellarwh_near_rights
    where
        bucket in (select stellarwh_crowds.bucket from stellarwh_crowds)
        or place in (
            select judged.right_place
            from stellarwh_judged as judged
            where judged.is_tangled
        )
)

select
    id_on_left,
    id_on_right,
    separation,
    magnitude_difference,
    lacks_motion
from stellarwh_judged
where not is_tangled
union all
select *
from crossmatch_settling(
    'stellarwh_tangled_lefts', 'stellarwh_tangled_rights', radius, mode, uses_errors, sigmas,
    magnitude_limit
);
