-- One row per GALAH catalogue row, clean or not, with the star it belongs to, clustered by
-- star_id: what main.measurements shows of GALAH. Numbers that the release gives in single
-- precision are stored so.
-- key: source_id
-- stored: table of galah
create or replace table main.measurements_galah as
select
    identities.star_id,
    staged.* replace (
        coalesce(separated.survey_star_id, staged.survey_star_id) as survey_star_id,
        teff::float as teff,
        logg::float as logg,
        fe_h::float as fe_h,
        irfm_teff::float as irfm_teff,
        vbroad::float as vbroad,
        j_mag::float as j_mag,
        j_mag_err::float as j_mag_err,
        h_mag::float as h_mag,
        h_mag_err::float as h_mag_err,
        ks_mag::float as ks_mag,
        ks_mag_err::float as ks_mag_err,
        v_jk_mag::float as v_jk_mag
    ),
    (staged.mg_fe - staged.mn_fe)::float as mg_mn,
    sqrt(pow(staged.mg_fe_err, 2) + pow(staged.mn_fe_err, 2))::float as mg_mn_err,
    coalesce(staged.source_id = identities.source_id, false) as is_best
from staging.galah as staged
left join matching.separated_rows as separated
    on separated.survey = 'galah' and staged.source_id = separated.source_id
left join matching.star_identities as identities
    on
        identities.survey = 'galah'
        and coalesce(separated.survey_star_id, staged.survey_star_id)
        = identities.survey_star_id
order by identities.star_id;
