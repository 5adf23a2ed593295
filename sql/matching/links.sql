-- One row per match and direction: position_id of a star and of the one of another survey
-- that it is matched with. trust: 1 where their Gaia ids agree, 0 where they differ, else 0.5.
-- key: position_id, linked_id
-- stored: table
create or replace table matching.links as
with
links as (
    select
        l.position_id as left_id,
        r.position_id as right_id,
        coalesce(matches.ids_agree::integer, 0.5)::double as trust,
        matches.separation
    from matching.matches as matches
    inner join matching.survey_stars as l
        on matches.survey_left = l.survey and matches.source_id_left = l.source_id
    inner join matching.survey_stars as r
        on matches.survey_right = r.survey and matches.source_id_right = r.source_id
)

select
    left_id as position_id,
    right_id as linked_id,
    trust,
    separation
from links
union all
select
    right_id as position_id,
    left_id as linked_id,
    trust,
    separation
from links;
