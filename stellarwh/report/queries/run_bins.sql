-- Bias in bins of the prediction and of S/N, and coverage of groups, of the latest run of each task.
with latest as (
    select
        run_id,
        task
    from ml.runs
    qualify row_number() over (partition by task order by created_at desc, run_id desc) = 1
)

select
    latest.task,
    metrics.target,
    metrics.stratum_kind,
    metrics.stratum,
    metrics.axis,
    metrics.axis_low,
    metrics.axis_high,
    max(metrics.n) as n,
    max(value) filter (where metric = 'bias') as bias,
    max(value) filter (where metric = 'sigma') as sigma,
    max(value) filter (where metric = 'coverage_68') as coverage_68
from ml.metrics as metrics
inner join latest on metrics.run_id = latest.run_id
where
    folds = 'blocked'
    and metric in ('bias', 'sigma', 'coverage_68')
    and stratum_kind in ('bin', 'group')
    and not coalesce(by_label, false)
group by all
order by task, target, stratum_kind, axis, axis_low, stratum
