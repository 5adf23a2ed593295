-- One row per catalogue row whose id an earlier row of its survey has, by its number in the
-- raw table: place is 2 for the second row of that id, 3 for the third. Staging tells them
-- apart by it ('1234#2') and rejects them ('row_id_doubled'); the first row, in the order of
-- the file, stands. A survey that is staged has its line here. Staging compares lower(survey):
-- DuckDB 2.0 forgets a LIMIT above a left join with an empty table that it filters by a value.
-- key: survey, raw_row
-- stored: table
create or replace table staging.doubled_rows as
with
ids as (
    select
        'apogee' as survey,
        rowid as raw_row,
        apogee_source_id(telescope, field, apogee_id, extratarg) as source_id
    from raw.apogee
    union all
    select
        'galah',
        rowid,
        sobject_id::varchar
    from raw.galah
    union all
    select
        'galah_dr4',
        rowid,
        sobject_id::varchar
    from raw.galah_dr4
    union all
    select
        'lamost',
        rowid,
        obsid::varchar
    from raw.lamost
    union all
    select
        'gaia',
        rowid,
        source_id::varchar
    from raw.gaia
    union all
    select
        'mwm',
        rowid,
        spectrum_pk::varchar
    from raw.mwm
    union all
    select
        'desi',
        desi.rowid,
        targetid || '.' || coalesce(trim(desi.survey), '') || '.'
        || coalesce(trim(desi.program), '')
    from raw.desi as desi
    union all
    select
        'gaia_eso',
        rowid,
        nullif(trim(cname), '')
    from raw.gaia_eso
    union all
    select
        'rave',
        rowid,
        nullif(trim(rave_obs_id), '')
    from raw.rave
    union all
    select
        survey,
        raw_row,
        nullif(trim(source_id), '')
    from staging.own_columns
),

-- Counted first, and by their hash: as a rule there are none, and nothing is sorted.
suspected as materialized (
    select hash(survey, source_id) as id_hash
    from ids
    where source_id is not null
    group by id_hash
    having count(*) > 1
),

suspects as (
    select ids.*
    from ids
    semi join suspected on hash(ids.survey, ids.source_id) = suspected.id_hash
    where ids.source_id is not null
)

select
    survey,
    source_id,
    raw_row,
    row_number() over (partition by survey, source_id order by raw_row) as place
from suspects
qualify place > 1;
