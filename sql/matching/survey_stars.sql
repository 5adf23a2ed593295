-- One row per star of one survey, clustered by healpix: of its rows with a position the clean
-- one of highest S/N, or where none is clean the one of highest S/N (of equal ones the first
-- source_id). position_id numbers them within this build.
-- key: survey, survey_star_id
-- stored: table
create or replace table matching.survey_stars as
with
positions as materialized (
    select * from matching.positions
),

-- By their hash: what this takes for shared and is not is ranked like the others.
shared_ids as materialized (
    select
        survey,
        hash(survey_star_id) as id_hash
    from positions
    group by survey, id_hash
    having count(*) > 1
),

ranked as (
    select
        positions.*,
        row_number() over (
            partition by positions.survey, positions.survey_star_id
            order by is_clean desc nulls last, snr desc nulls last, source_id asc
        ) as place
    from positions
    semi join shared_ids
        on
            positions.survey = shared_ids.survey
            and hash(positions.survey_star_id) = shared_ids.id_hash
),

chosen as (
    select * exclude (place)
    from ranked
    where place = 1
    union all
    select *
    from positions
    anti join shared_ids
        on
            positions.survey = shared_ids.survey
            and hash(positions.survey_star_id) = shared_ids.id_hash
),

ordered as (
    select * exclude (is_clean, snr)
    from chosen
    order by healpix, survey, source_id
)

select
    survey,
    source_id,
    survey_star_id,
    row_number() over () as position_id,
    gaia_dr3_source_id,
    gaia_dr2_source_id,
    healpix,
    ra,
    "dec",
    epoch,
    pmra,
    pmdec
from ordered;
