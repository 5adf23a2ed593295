-- One row: which scale the values of main.calibrated and main.parameters are on. method is
-- 'fitted' where the surveys were calibrated (run_id: the latest run, unless an earlier one was
-- taken in use since, scale.uses), else 'constant offsets': main.survey_offsets, to APOGEE, or
-- without it to the survey that shares the most stars.
-- key: reference
create or replace view scale.in_use as
with
latest as (
    select
        runs.run_id,
        any_value(runs.reference) as reference
    from scale.runs as runs
    left join scale.uses as uses on runs.run_id = uses.run_id
    group by runs.run_id
    order by max(greatest(runs.created_at, uses.used_at)) desc, runs.run_id desc
    limit 1
),

sides as (
    select
        unnest([survey_left, survey_right]) as survey,
        n
    from main.survey_offsets
    where quantity = 'teff' and stage_group = 'all'
),

most_shared as (
    select surveys.survey as reference
    from matching.surveys as surveys
    left join sides on surveys.survey = sides.survey
    where surveys.n_stars > 0
    group by surveys.survey
    order by
        surveys.survey = 'apogee' desc,
        coalesce(sum(sides.n), 0) desc,
        survey_rank(surveys.survey),
        surveys.survey
    limit 1
)

select
    run_id,
    reference,
    'fitted' as method
from latest
union all
select
    null as run_id,
    reference,
    'constant offsets' as method
from most_shared
where not exists (from latest);
