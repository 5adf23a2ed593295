-- The training runs.
select run_id as value
from ml.runs
order by value
