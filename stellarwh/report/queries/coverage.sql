-- Share of held-out labels inside the intervals, of all and in fifths of the predicted
-- value. Fifths of the label would be unfair: extreme labels are extreme by noise too.
with held_out as (
    select
        target,
        value,
        covered_68,
        covered_90,
        ntile(5) over (partition by target order by value) as fifth
    from ml.out_of_fold
    where run_id = $run_id and label is not null and covered_68 is not null
)
select
    target,
    fifth,
    min(value) as value_low,
    max(value) as value_high,
    count(*) as n,
    avg(covered_68::integer) as coverage_68,
    avg(covered_90::integer) as coverage_90
from held_out
group by grouping sets ((target), (target, fifth))
order by target, fifth nulls first
