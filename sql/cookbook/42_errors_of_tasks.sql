-- How good the latest run of each task is on sky that it did not learn from.
-- topic: Learned values
select
    runs.task,
    metrics.target,
    metrics.metric,
    metrics.value,
    metrics.n
from ml.metrics as metrics
inner join ml.runs as runs on metrics.run_id = runs.run_id
where
    metrics.folds = 'blocked' and metrics.stratum_kind = 'all'
    and metrics.metric in ('mae', 'accuracy')
qualify runs.created_at = max(runs.created_at) over (partition by runs.task)
order by runs.task, metrics.target, metrics.metric;
