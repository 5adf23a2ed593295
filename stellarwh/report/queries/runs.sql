-- Every run, the latest of each task first; times in UTC.
select
    * replace (created_at::timestamp as created_at),
    row_number() over (partition by task order by ml.runs.created_at desc, run_id desc) = 1
        as is_latest
from ml.runs
order by task, ml.runs.created_at desc, run_id desc
