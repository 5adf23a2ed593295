-- One row per star of one survey, clustered by healpix: of its rows with a position the clean
-- one of highest S/N, or where none is clean the one of highest S/N (of equal ones the first
-- source_id). position_id numbers them within this build.
-- key: survey, survey_star_id
-- stored: table
create or replace table matching.survey_stars ( -- noqa: PRS
    -- How texts are stored is said: to try out all ways takes DuckDB twice as long.
    survey varchar,
    source_id varchar using compression fsst,
    survey_star_id varchar using compression fsst,
    position_id bigint,
    gaia_dr3_source_id bigint,
    gaia_dr2_source_id bigint,
    healpix bigint,
    ra double,
    "dec" double,
    epoch double,
    pmra double,
    pmdec double
);

insert into matching.survey_stars by name
with
positions as materialized (
    select
        *,
        hash(survey, survey_star_id) as id_hash
    from matching.positions
),

-- By their hash: what this takes for shared and is not is ranked like the others.
shared_ids as materialized (
    select id_hash from matching.shared_ids
    union all
    select hash(survey, survey_star_id) as id_hash from matching.separated_rows
),

ranked as (
    select
        positions.*,
        row_number() over (
            partition by positions.survey, positions.survey_star_id
            order by is_clean desc nulls last, snr desc nulls last, source_id asc
        ) as place
    from positions
    semi join shared_ids on positions.id_hash = shared_ids.id_hash
),

chosen as (
    select * exclude (place)
    from ranked
    where place = 1
    union all
    select *
    from positions
    anti join shared_ids on positions.id_hash = shared_ids.id_hash
),

ordered as (
    select * exclude (is_clean, snr, id_hash)
    from chosen
    order by healpix, survey, source_id
)

select
    *,
    row_number() over () as position_id
from ordered;
