-- One row per catalogue row whose id an earlier row of its survey has, by its number in the
-- raw table: place is 2 for the second row of that id, 3 for the third. Staging tells them
-- apart by it ('1234#2') and rejects them ('row_id_doubled'); the first row, in the order of
-- the file, stands. A survey that is staged has its line here.
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
),

-- Counted first: as a rule there are none, and nothing is sorted.
doubled as materialized (
    select
        survey,
        source_id
    from ids
    where source_id is not null
    group by survey, source_id
    having count(*) > 1
)

select
    ids.survey,
    ids.source_id,
    ids.raw_row,
    row_number() over (partition by ids.survey, ids.source_id order by ids.raw_row) as place
from ids
semi join doubled
    on ids.survey = doubled.survey and ids.source_id = doubled.source_id
qualify place > 1;
