-- One row per catalogue row of the surveys that have no table of their own (GALAH DR4 and those
-- that are added), clean or not, with the star it belongs to, clustered by star_id: what
-- main.measurements shows of them.
-- key: survey, source_id
-- stored: table
create or replace table main.measurements_others as
select
    identities.star_id,
    staged.* replace (
        coalesce(separated.survey_star_id, staged.survey_star_id) as survey_star_id
    ),
    staged.c_fe - staged.n_fe as c_n,
    sqrt(pow(staged.c_fe_err, 2) + pow(staged.n_fe_err, 2)) as c_n_err,
    staged.mg_fe - staged.mn_fe as mg_mn,
    sqrt(pow(staged.mg_fe_err, 2) + pow(staged.mn_fe_err, 2)) as mg_mn_err,
    coalesce(staged.source_id = identities.source_id, false) as is_best
from staging.all_surveys as staged
left join matching.separated_rows as separated
    on staged.survey = separated.survey and staged.source_id = separated.source_id
left join matching.star_identities as identities
    on
        staged.survey = identities.survey
        and coalesce(separated.survey_star_id, staged.survey_star_id)
        = identities.survey_star_id
where staged.survey not in ('apogee', 'galah', 'lamost')
order by identities.star_id, staged.survey, staged.source_id;
