-- What the latest predict of a run wrote; of more than a million stars the distances of some.
with drawn as (
    select pow(2, greatest(ceil(log2(greatest(count(*), 1) / 1e6)), 0))::bigint as step
    from ml.predictions
    where run_id = $run_id
    group by target
)

select
    target,
    count(*) as n,
    count(*) filter (where in_domain) as n_in_domain,
    median(training_distance) filter (where star_id % drawn.step = 0) as distance_50,
    quantile_cont(training_distance, 0.95) filter (where star_id % drawn.step = 0)
        as distance_95
from ml.predictions
cross join (select max(step) as step from drawn) as drawn
where run_id = $run_id
group by target
order by target
