-- The latest run of each task; times in UTC.
select * replace (created_at::timestamp as created_at)
from ml.runs
qualify
    row_number() over (partition by task order by ml.runs.created_at desc, run_id desc)
    = 1
order by task
