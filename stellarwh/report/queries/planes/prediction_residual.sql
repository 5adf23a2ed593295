-- Prediction minus label against label of the held-out stars of a run.
select label as x, value - label as y, null::double as z
from ml.out_of_fold
where run_id = $run_id and target = $target
