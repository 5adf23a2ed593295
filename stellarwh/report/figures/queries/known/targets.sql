-- What a run predicts.
select unnest(targets) as value
from ml.runs
where run_id = $run_id
order by value
