-- One row per pair of stars of two surveys taken for one star: each is the other's best
-- candidate of that survey. An agreeing Gaia id is better than none, none better than
-- differing ids, then the nearer is better. Pairs of one Gaia id further apart than
-- id_match_radius() are no matches (matching.candidates keeps them).
-- key: survey_left, source_id_left, survey_right, source_id_right
-- stored: table
create or replace table matching.matches as
with
ranked as (
    select
        *,
        row_number() over (
            partition by survey_left, source_id_left, survey_right
            order by coalesce(ids_agree::integer, 0.5) desc, separation asc, source_id_right asc
        ) as place_for_left,
        row_number() over (
            partition by survey_right, source_id_right, survey_left
            order by coalesce(ids_agree::integer, 0.5) desc, separation asc, source_id_left asc
        ) as place_for_right
    from matching.candidates
    where separation <= id_match_radius()
)

select * exclude (place_for_left, place_for_right)
from ranked
where place_for_left = 1 and place_for_right = 1;
