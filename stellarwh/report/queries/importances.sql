-- Importance of each feature per target of a run; the shares of a target sum to one.
select target, feature, method, importance
from ml.feature_importance
where run_id = $run_id
order by target, importance desc, feature
