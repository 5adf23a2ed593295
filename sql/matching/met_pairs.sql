-- One row per two stars and direction that lie within match_radius() of each other at any
-- epoch of matching.epoch_positions or share a Gaia id, where the survey of at least one is
-- sought (matching.sought_surveys): what matching.candidates has to look at.
-- key: left_id, right_id
-- stored: table
create or replace table matching.met_pairs as
with
-- crossmatch takes it by name.
sought_positions as ( -- noqa: ST03
    select *
    from matching.epoch_positions
    where survey in (select sought_surveys.survey from matching.sought_surveys)
),

-- Either star may be the one that moves.
met as (
    select
        left_id,
        right_id
    from crossmatch(
        'matching.sought_stars',
        'matching.epoch_positions',
        match_radius(),
        left_id := 'position_id',
        right_id := 'position_id'
    )
    where left_id <> right_id
    union all
    select
        left_id,
        right_id
    from crossmatch(
        'sought_positions',
        'matching.other_stars',
        match_radius(),
        left_id := 'position_id',
        right_id := 'position_id'
    )
    union all
    select
        sought_stars.position_id as left_id,
        stars.position_id as right_id
    from matching.sought_stars as sought_stars
    inner join matching.survey_stars as stars
        on sought_stars.gaia_dr3_source_id = stars.gaia_dr3_source_id
    where sought_stars.survey <> stars.survey and sought_stars.gaia_dr3_source_id > 0
    union all
    select
        sought_stars.position_id as left_id,
        stars.position_id as right_id
    from matching.sought_stars as sought_stars
    inner join matching.survey_stars as stars
        on sought_stars.gaia_dr2_source_id = stars.gaia_dr2_source_id
    where sought_stars.survey <> stars.survey and sought_stars.gaia_dr2_source_id > 0
)

select
    left_id,
    right_id
from met
union
select
    right_id as left_id,
    left_id as right_id
from met;
