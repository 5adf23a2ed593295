-- Of every run whether its data have been replaced, and the files that it predicted for.
select
    provenance.run_id,
    provenance.is_stale,
    provenance.replaced_surveys,
    predicted_from.sources as predicted_sources
from main.run_provenance as provenance
left join ml.predicted_from as predicted_from
    on provenance.run_id = predicted_from.run_id
