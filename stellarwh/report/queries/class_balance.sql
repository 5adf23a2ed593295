-- Predicted classes of all stars of a run.
select target, class, count(*) as n
from ml.predictions
where run_id = $run_id and class is not null
group by target, class
order by target, n desc
