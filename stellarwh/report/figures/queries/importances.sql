-- Importance of each feature of a run for a target; the shares sum to one.
select
    feature,
    method,
    importance
from ml.feature_importance
where run_id = $run_id and target = $target
order by importance desc, feature
