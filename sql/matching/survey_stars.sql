-- One row per star of one survey: its row of highest S/N that has a position (of equal ones
-- the first source_id), clustered by healpix. position_id numbers them within this build.
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
            order by snr desc nulls last, source_id asc
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
