-- The prediction sets that held-out stars got most often, and how often they hold the label.
select
    target,
    array_to_string(prediction_set, ', ') as members,
    count(*) as n,
    avg(list_contains(prediction_set, label_class)::integer) as holds
from ml.out_of_fold
where run_id = $run_id and prediction_set is not null
group by target, prediction_set
qualify row_number() over (partition by target order by count(*) desc, prediction_set) <= 12
order by target, n desc, members
