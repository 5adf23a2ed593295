-- One row per two stars and direction that lie within match_radius() of each other at any
-- epoch of matching.epoch_positions or share a Gaia id, where the survey of at least one has
-- changed since the last build: what matching.candidates has to look at.
-- key: left_id, right_id
create or replace view matching.met_pairs as
with
-- crossmatch takes it by name.
changed_positions as ( -- noqa: ST03
    select *
    from matching.epoch_positions
    where survey in (select surveys.survey from matching.surveys where surveys.is_changed)
),

-- Either star may be the one that moves.
met as (
    select
        left_id,
        right_id
    from crossmatch(
        'matching.changed_stars',
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
        'changed_positions',
        'matching.unchanged_stars',
        match_radius(),
        left_id := 'position_id',
        right_id := 'position_id'
    )
    union all
    select
        changed_stars.position_id as left_id,
        stars.position_id as right_id
    from matching.changed_stars as changed_stars
    inner join matching.survey_stars as stars
        on changed_stars.gaia_dr3_source_id = stars.gaia_dr3_source_id
    where changed_stars.survey <> stars.survey and changed_stars.gaia_dr3_source_id > 0
    union all
    select
        changed_stars.position_id as left_id,
        stars.position_id as right_id
    from matching.changed_stars as changed_stars
    inner join matching.survey_stars as stars
        on changed_stars.gaia_dr2_source_id = stars.gaia_dr2_source_id
    where changed_stars.survey <> stars.survey and changed_stars.gaia_dr2_source_id > 0
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
