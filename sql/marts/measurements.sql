-- One row per catalogue row of any survey, clean or not, with the star it belongs to.
-- is_best marks the one row that stands for its star in its survey (matching.survey_stars).
-- star_id is NULL for a row of a star without a position. survey_star_id is the survey's own,
-- but for rows that share one and lie elsewhere (matching.separated_rows).
-- key: survey, source_id
create or replace view main.measurements as
select
    identities.star_id,
    surveys.* replace (
        coalesce(separated.survey_star_id, surveys.survey_star_id) as survey_star_id
    ),
    surveys.c_fe - surveys.n_fe as c_n,
    sqrt(pow(surveys.c_fe_err, 2) + pow(surveys.n_fe_err, 2)) as c_n_err,
    surveys.mg_fe - surveys.mn_fe as mg_mn,
    sqrt(pow(surveys.mg_fe_err, 2) + pow(surveys.mn_fe_err, 2)) as mg_mn_err,
    coalesce(surveys.source_id = identities.source_id, false) as is_best
from staging.all_surveys as surveys
left join matching.separated_rows as separated
    on surveys.survey = separated.survey and surveys.source_id = separated.source_id
left join matching.star_identities as identities
    on
        surveys.survey = identities.survey
        and coalesce(separated.survey_star_id, surveys.survey_star_id)
        = identities.survey_star_id;
