-- Share of held-out labels inside the intervals: of all and in fifths of the predicted value,
-- then of the groups of stars that training measured. Fifths of the label would be unfair:
-- extreme labels are extreme by noise too.
with held_out as (
    select
        value,
        covered_68,
        covered_90,
        ntile(5) over (order by value) as fifth
    from held_out_rows
    where label is not null and covered_68 is not null
),

fifths as (
    select
        fifth,
        min(value) as value_low,
        max(value) as value_high,
        count(*) as n,
        avg(covered_68::integer) as coverage_68,
        avg(covered_90::integer) as coverage_90
    from held_out
    group by grouping sets ((), (fifth))
),

strata as (
    select
        stratum,
        stratum_kind,
        stage_group,
        axis,
        axis_low,
        axis_high,
        arg_min(n, metric) as n,
        max(value) filter (where metric = 'coverage_68') as coverage_68,
        max(value) filter (where metric = 'coverage_90') as coverage_90
    from ml.metrics
    where
        run_id = $run_id
        and target = $target
        and folds = 'blocked'
        and metric in ('coverage_68', 'coverage_90')
        and stratum_kind in ('group', 'features', 'class')
    group by all
)

from fifths
where n > 0
union all by name
from strata
order by stratum nulls first, stratum_kind nulls first, fifth nulls first
