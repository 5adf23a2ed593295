-- The files that the warehouse was read from, newest last; times in UTC.
select * replace (ingested_at::timestamp as ingested_at)
from meta.ingests
order by ingested_at, survey
