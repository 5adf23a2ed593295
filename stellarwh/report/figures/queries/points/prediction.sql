-- Predicted value, and what it differs by, against the label of the held-out stars of a run.
select
    label as x,
    value as y,
    value - label as "difference"
from ml.out_of_fold
where run_id = $run_id and target = $target
