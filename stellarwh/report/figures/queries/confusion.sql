-- Held-out stars of a run per true and predicted class.
select
    label_class,
    class as predicted_class,
    count(*) as n
from ml.out_of_fold
where
    run_id = $run_id
    and target = $target
    and label_class is not null
    and class is not null
group by all
order by label_class, predicted_class
