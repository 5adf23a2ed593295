-- One row per star of one survey, clustered by healpix: of its rows with a position the clean
-- one of highest S/N, or where none is clean the one of highest S/N (of equal ones the first
-- source_id). position_id numbers them within this build.
-- key: survey, survey_star_id
-- stored: table
create or replace table matching.survey_stars as
with
ranked as (
    select
        *,
        count(*) over star as n_rows,
        row_number() over (
            star
            order by is_clean desc nulls last, snr desc nulls last, source_id asc
        ) as place
    from matching.positions
    window star as (partition by survey, survey_star_id)
)

select
    survey,
    source_id,
    survey_star_id,
    row_number() over (order by healpix, survey, source_id) as position_id,
    gaia_dr3_source_id,
    gaia_dr2_source_id,
    healpix,
    ra,
    "dec",
    epoch,
    pmra,
    pmdec,
    snr,
    n_rows
from ranked
where place = 1
order by healpix, survey, source_id;
