-- One row per pair of surveys in which matches by chance are found: n_chance stars of the
-- left survey meet a star of the right one within match_radius() when all of them are moved by
-- one arcmin. Pairs of two surveys that are both unchanged since the last build stay.
-- key: survey_left, survey_right
-- stored: incremental table
create table if not exists matching.chance_matches (
    survey_left varchar,
    survey_right varchar,
    n_chance bigint
);

delete from matching.chance_matches
where
    survey_left not in (select survey from matching.surveys where not is_changed)
    or survey_right not in (select survey from matching.surveys where not is_changed);

insert into matching.chance_matches by name
with
-- crossmatch takes it by name.
sought_shifted as ( -- noqa: ST03
    select *
    from matching.shifted_positions
    where survey in (select sought_surveys.survey from matching.sought_surveys)
),

met as (
    select
        right_id as shifted_id,
        left_id as met_id
    from crossmatch(
        'matching.sought_stars',
        'matching.shifted_positions',
        match_radius(),
        left_id := 'position_id',
        right_id := 'position_id'
    )
    union all
    select
        left_id as shifted_id,
        right_id as met_id
    from crossmatch(
        'sought_shifted',
        'matching.other_stars',
        match_radius(),
        left_id := 'position_id',
        right_id := 'position_id'
    )
),

-- Materialised: see matching.candidates.
left_stars as materialized (
    select
        stars.survey as survey_left,
        met.shifted_id,
        met.met_id
    from met
    inner join matching.survey_stars as stars on met.shifted_id = stars.position_id
)

select
    left_stars.survey_left,
    stars.survey as survey_right,
    count(distinct left_stars.shifted_id) as n_chance
from left_stars
inner join matching.survey_stars as stars on left_stars.met_id = stars.position_id
where left_stars.survey_left < stars.survey
group by left_stars.survey_left, stars.survey;
