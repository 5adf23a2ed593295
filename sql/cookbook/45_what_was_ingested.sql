-- What was read, from which file, and whether it is simulated.
-- topic: The warehouse
select
    survey,
    "release",
    "rows",
    is_simulated
from meta.ingests
order by ingest_id;
