-- One row per pair of surveys with stars: how many stars both saw. n_by_id and n_by_position
-- count what joined them, n_chance the stars of the left survey that would find a partner
-- within match_radius() by chance: those that do when all are moved by one arcmin.
-- median_separation is that of the joined pairs at their common epoch. Stars joined only
-- through a third survey count in n_stars alone.
-- key: survey_left, survey_right
-- stored: table
create or replace table main."overlaps" as
with
surveys as (
    select distinct survey
    from matching.survey_stars
),

members as materialized (
    select
        numbers.star_id,
        stars.survey,
        stars.source_id
    from matching.survey_stars as stars
    inner join matching.star_numbers as numbers on stars.position_id = numbers.position_id
    where stars.position_id in (select links.position_id from matching.links as links)
),

together as (
    select
        l.survey as survey_left,
        r.survey as survey_right,
        l.source_id as source_id_left,
        r.source_id as source_id_right
    from members as l
    inner join members as r on l.star_id = r.star_id and l.survey < r.survey
),

counted as (
    select
        together.survey_left,
        together.survey_right,
        count(*) as n_stars,
        median(matches.separation) as median_separation,
        count(*) filter (where matches.matched_by <> 'position') as n_by_id,
        count(*) filter (where matches.matched_by = 'position') as n_by_position
    from together
    left join matching.matches as matches using (
        survey_left, survey_right, source_id_left, source_id_right
    )
    group by together.survey_left, together.survey_right
)

select
    l.survey as survey_left,
    r.survey as survey_right,
    coalesce(counted.n_stars, 0) as n_stars,
    counted.median_separation,
    coalesce(counted.n_by_id, 0) as n_by_id,
    coalesce(counted.n_by_position, 0) as n_by_position,
    coalesce(chance.n_chance, 0) as n_chance
from surveys as l
inner join surveys as r on l.survey < r.survey
left join counted on l.survey = counted.survey_left and r.survey = counted.survey_right
left join matching.chance_matches as chance
    on l.survey = chance.survey_left and r.survey = chance.survey_right
order by survey_left, survey_right;
