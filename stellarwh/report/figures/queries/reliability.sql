-- How often the predicted class was right, in bins of its probability.
select
    least(floor(probability * 10), 9)::integer as bin,
    count(*) as n,
    avg(probability) as probability,
    avg((class = label_class)::integer) as accuracy
from ml.out_of_fold
where
    run_id = $run_id
    and target = $target
    and label_class is not null
    and probability is not null
group by bin
order by bin
