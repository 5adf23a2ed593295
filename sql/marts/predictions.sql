-- One row per star and target predicted by the latest run of each task. is_simulated: the run
-- learned from simulated catalogues, or predicted for such. is_stale: a file that it learned
-- from or predicted for has been replaced or removed since (main.run_provenance).
-- key: task, star_id, target
create or replace view main.predictions as
with
predicted_runs as (
    select
        runs.task,
        runs.run_id
    from ml.runs as runs
    where runs.run_id in (select predictions.run_id from ml.predictions as predictions)
    qualify
        row_number() over (
            partition by runs.task
            order by runs.created_at desc, runs.run_id desc
        ) = 1
)

select
    predicted_runs.task,
    predictions.star_id,
    predictions.target,
    predictions.value,
    predictions.lower_68,
    predictions.upper_68,
    predictions.lower_90,
    predictions.upper_90,
    predictions.class,
    predictions.probability,
    predictions.prediction_set,
    predictions.in_domain,
    predictions.training_distance,
    predictions.is_out_of_fold,
    provenance.is_simulated,
    provenance.is_stale,
    predictions.run_id
from ml.predictions as predictions
inner join predicted_runs
    on predictions.run_id = predicted_runs.run_id
left join main.run_provenance as provenance
    on predictions.run_id = provenance.run_id;
