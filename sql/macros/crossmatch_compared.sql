-- crossmatch_compared(lefts, rights, …): pairs of rows within the radius, of which one list (named
-- as text) has what crossmatch_left_buckets gives and the other what crossmatch_right_buckets does:
-- left_place, right_place, id_on_left, id_on_right, separation, magnitude_difference, lacks_motion.
create or replace macro crossmatch_compared(
    lefts, rights, radius, uses_errors, sigmas, magnitude_limit
) as table
select * exclude (pair_radius)
from (
    select
        lefts.place as left_place,
        rights.place as right_place,
        lefts.id as id_on_left,
        rights.id as id_on_right,
        angular_separation(lefts.ra, lefts."dec", rights.ra, rights."dec") as separation,
        abs(lefts.magnitude - rights.magnitude) as magnitude_difference,
        lefts.lacks_motion or rights.lacks_motion as lacks_motion,
        crossmatch_reach(
            usable_radius(radius),
            sigmas,
            uses_errors,
            lefts.position_error,
            rights.position_error
        ) as pair_radius
    from query_table(lefts) as lefts
    inner join query_table(rights) as rights
        on
            lefts.bucket = rights.bucket
            and abs(lefts."dec" - rights."dec")
            <= usable_radius(radius) / 3600::double + 1e-12::double
)
where
    separation <= pair_radius
    and (
        magnitude_limit is null
        or coalesce(magnitude_difference <= magnitude_limit::double, true)
    );
