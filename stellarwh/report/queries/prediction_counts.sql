-- What the latest predict of a run wrote.
select
    target,
    count(*) as n,
    count(*) filter (where in_domain) as n_in_domain
from ml.predictions
where run_id = $run_id
group by target
order by target
