-- One row per training run: whether the files that it learned from or predicted for are
-- simulated (is_simulated: any of them; NULL if not known of all), and whether they have been
-- replaced or removed since (is_stale; NULL for runs that recorded no files), with the surveys
-- in question. What a stale run says is of data that the warehouse no longer holds. Of spectra,
-- 'raw.spectra', it is remembered when the last one came in, and a sum over all until then:
-- further ones change nothing, one that was replaced or dropped does.
-- key: run_id
create or replace view main.run_provenance as
with
used as (
    select
        run_id,
        unnest(sources) as source
    from ml.runs
    union all
    select
        run_id,
        unnest(sources) as source
    from ml.predicted_from
),

spectra_of as (
    select distinct
        source.ingest_id as last_at,
        source.sha256 as total
    from used
    where source.survey = 'raw.spectra' and source.ingest_id is not null
),

-- Those that are held still, as they were.
spectra_held as (
    select
        spectra_of.last_at,
        spectra_of.total
    from spectra_of
    inner join raw.spectra as spectra on epoch_us(spectra.ingested_at) <= spectra_of.last_at
    where spectra.refusal is null
    group by spectra_of.last_at, spectra_of.total
    having spectra_of.total = spectra_total(spectra.sha256, spectra.spectrum_number)
),

judged as (
    select
        used.run_id,
        used.source.survey as survey,
        used.source.is_simulated as is_simulated,
        used.source.ingest_id is not null
        and ingests.ingest_id is null
        and spectra_held.last_at is null as is_replaced
    from used
    left join spectra_held
        on
            used.source.survey = 'raw.spectra'
            and used.source.ingest_id = spectra_held.last_at
            and used.source.sha256 = spectra_held.total
    left join meta.ingests as ingests
        on
            used.source.survey = ingests.survey
            and used.source.ingest_id = ingests.ingest_id
            and used.source.sha256 = ingests.sha256
),

by_run as (
    select
        run_id,
        bool_or(is_simulated) as has_simulated,
        bool_and(is_simulated is not null) as is_known,
        bool_or(is_replaced) as is_stale,
        list(distinct survey order by survey) filter (where is_simulated) as simulated_surveys,
        list(distinct survey order by survey) filter (where is_replaced) as replaced_surveys
    from judged
    group by run_id
)

select
    runs.run_id,
    runs.task,
    runs.estimator,
    runs.created_at,
    predicted_from.predicted_at,
    case
        when by_run.has_simulated then true
        when by_run.is_known and runs.sources is not null then false
    end as is_simulated,
    case when by_run.is_stale or runs.sources is not null then by_run.is_stale end as is_stale,
    coalesce(by_run.simulated_surveys, []) as simulated_surveys,
    coalesce(by_run.replaced_surveys, []) as replaced_surveys
from ml.runs as runs
left join by_run using (run_id)
left join ml.predicted_from as predicted_from using (run_id);
