-- Held-out stars per true and predicted class of a run.
select target, label_class, class as predicted_class, count(*) as n
from ml.out_of_fold
where run_id = $run_id and label_class is not null and class is not null
group by all
order by target, label_class, predicted_class
