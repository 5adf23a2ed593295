-- crossmatch_spots(lefts, rights, uses_errors, uses_magnitudes): the rows of two lists, named as
-- text, as crossmatch_settling compares them: is_left, id_on_left or id_on_right, ra, dec,
-- position_error, magnitude, lacks_motion; error_compared and magnitude_compared, the two where
-- pairs are chosen by them, else NULL; in_order, their place in the order of their ids; spot,
-- the first place of those that are alike in what is compared, in_spot, their place among
-- these, and n, how many these are; "name", their id as text.
create or replace macro crossmatch_spots(
    lefts, rights, uses_errors, uses_magnitudes
) as table
with stellarwh_both as (
    select
        true as is_left,
        id as id_on_left,
        null as id_on_right,
        * exclude (id)
    from query_table(lefts)
    union all by name
    select
        false as is_left,
        id as id_on_right,
        * exclude (id)
    from query_table(rights)
),

stellarwh_compared as (
    select
        *,
        case when uses_errors then position_error end as error_compared,
        case when uses_magnitudes then magnitude end as magnitude_compared,
        row_number() over (
            partition by is_left
            order by
                id_on_left, id_on_right, magnitude, position_error, lacks_motion, "dec", ra
        ) as in_order
    from stellarwh_both
)

select
    *,
    min(in_order) over stellarwh_alike as spot,
    row_number() over (stellarwh_alike order by in_order) as in_spot,
    count(*) over stellarwh_alike as n,
    coalesce(id_on_left::varchar, id_on_right::varchar, '') as "name"
from stellarwh_compared
window
    stellarwh_alike as (
        partition by is_left, ra, "dec", error_compared, magnitude_compared
    );
