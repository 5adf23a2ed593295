-- Which scale is in use, and the calibration that made it, where there is one.
select
    in_use.method,
    in_use.reference,
    in_use.run_id,
    runs.surveys,
    runs.seed,
    runs.created_at,
    runs.seconds,
    runs.n_stars,
    runs.is_simulated,
    runs.sources
from scale.in_use as in_use
left join scale.runs as runs on in_use.run_id = runs.run_id
