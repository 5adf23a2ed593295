-- One row per catalogue row that has a position: what matching needs, clustered by healpix.
-- key: survey, source_id
-- stored: table
create or replace table matching.positions as
select
    survey,
    source_id,
    survey_star_id,
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
from staging.all_surveys
where healpix is not null
order by healpix, survey, source_id;
