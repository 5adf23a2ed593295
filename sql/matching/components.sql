-- One row per survey star that has a link: the first star (APOGEE before GALAH before LAMOST
-- before others) of the connected component of matching.links it belongs to, and whether
-- that has_conflict: two stars of one survey, or two that drifted apart
-- (matching.drifted_pairs).
-- key: position_id
-- stored: table
create or replace table matching.components as
with recursive
surveys as (
    select
        survey,
        row_number() over (order by survey_rank(survey), survey) as place,
        count(*) over () as n_surveys
    from matching.surveys
    where n_stars > 0
),

-- As many steps as there are surveys are enough: who then reaches all of the component is
-- done, and who does not has reached more stars than surveys, which is a conflict. So chains
-- of any length take little.
reached as (
    select
        position_id,
        linked_id as member_id,
        1 as steps
    from matching.links
    union
    select
        reached.position_id,
        links.linked_id as member_id,
        reached.steps + 1 as steps
    from reached
    inner join matching.links as links on reached.member_id = links.position_id
    where reached.steps < (select max(n_surveys) from surveys)
),

members as (
    select distinct
        reached.position_id,
        reached.member_id
    from reached
),

-- All others are left out before the join, not by it.
linked_stars as materialized (
    select
        position_id,
        survey
    from matching.survey_stars
    where position_id in (select links.position_id from matching.links as links)
)

select
    members.position_id,
    arg_min(members.member_id, surveys.place) as first_id,
    count(*) > count(distinct surveys.place)
    or bool_or(members.member_id in (select left_id from matching.drifted_pairs))
        as has_conflict
from members
inner join linked_stars as stars on members.member_id = stars.position_id
inner join surveys on stars.survey = surveys.survey
group by members.position_id;
