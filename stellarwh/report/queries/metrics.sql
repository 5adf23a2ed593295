-- Everything that was measured of a run, and of which stars. Where there is a name alone, as
-- in runs of earlier versions, it is known of all stars only, and not where a class has that
-- name too.
select
    target,
    metric,
    folds,
    stratum,
    case
        when stratum_kind is not null then stratum_kind
        when
            stratum = 'all'
            and metric not in ('recall', 'precision')
            and count(*) over (partition by target, metric, folds, stratum) = 1
            then 'all'
    end as stratum_kind,
    stage_group,
    axis,
    axis_low,
    axis_high,
    n,
    value
from ml.metrics
where run_id = $run_id
order by target, metric, folds, stratum, stratum_kind
