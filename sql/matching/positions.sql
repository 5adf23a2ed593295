-- One row per catalogue row that has a position: what matching needs to know of it.
-- survey_star_id is the survey's own, but for rows that share one and lie elsewhere
-- (matching.separated_rows).
-- key: survey, source_id
create or replace view matching.positions as
select
    surveys.survey,
    surveys.source_id,
    coalesce(separated.survey_star_id, surveys.survey_star_id) as survey_star_id,
    gaia_dr3_source_id,
    gaia_dr2_source_id,
    healpix,
    ra,
    "dec",
    epoch,
    pmra,
    pmdec,
    snr,
    is_clean
from staging.all_surveys as surveys
left join matching.separated_rows as separated
    on surveys.survey = separated.survey and surveys.source_id = separated.source_id
where healpix is not null;
