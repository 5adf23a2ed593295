-- One row per survey for which the calibration in use is of other data: a file that it was fitted
-- to was replaced or removed since, one was appended, or the survey has come later. None while
-- nothing is calibrated.
-- key: run_id, survey, reason
create or replace view scale.outdated as
with
in_use as (
    select runs.*
    from scale.runs as runs
    inner join scale.in_use as in_use on runs.run_id = in_use.run_id
),

fitted_to as (
    select
        run_id,
        unnest(sources) as source
    from in_use
),

known as (
    select
        fitted_to.run_id,
        ingests.survey,
        ingests.ingest_id
    from fitted_to
    inner join meta.ingests as ingests
        on
            fitted_to.source.survey = ingests.survey
            and fitted_to.source.ingest_id = ingests.ingest_id
            and fitted_to.source.sha256 = ingests.sha256
),

known_surveys as (
    select distinct
        run_id,
        survey
    from known
)

select distinct
    fitted_to.run_id,
    fitted_to.source.survey as survey,
    'replaced or removed' as reason
from fitted_to
left join meta.ingests as ingests
    on
        fitted_to.source.survey = ingests.survey
        and fitted_to.source.ingest_id = ingests.ingest_id
        and fitted_to.source.sha256 = ingests.sha256
where fitted_to.source.ingest_id is not null and ingests.ingest_id is null
union all
select
    known.run_id,
    appended.survey,
    'appended to' as reason
from meta.ingests as appended
inner join known_surveys as known
    on appended.survey = known.survey
where
    appended.ingest_id not in (
        select of_survey.ingest_id from known as of_survey
        where of_survey.survey = appended.survey
    )
union all
select
    in_use.run_id,
    surveys.survey,
    'new' as reason
from in_use
cross join matching.surveys as surveys
where
    surveys.n_stars > 0
    and has_spectra(surveys.survey)
    and not list_contains(in_use.surveys, surveys.survey);
