-- What the latest predict of a run wrote.
select
    target,
    count(*) as n,
    count(*) filter (where in_domain) as n_in_domain,
    median(training_distance) as distance_50,
    quantile_cont(training_distance, 0.95) as distance_95
from ml.predictions
where run_id = $run_id
group by target
order by target
