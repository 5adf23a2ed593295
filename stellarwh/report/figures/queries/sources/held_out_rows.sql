-- The held-out stars of a run.
select *
from ml.out_of_fold
where run_id = $run_id and target = $target
