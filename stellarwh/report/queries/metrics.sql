-- Everything that was measured of a run.
select target, metric, folds, stratum, n, value
from ml.metrics
where run_id = $run_id
order by target, metric, folds, stratum
