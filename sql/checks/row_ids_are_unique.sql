-- No two rows of a survey have one id; further ones are told apart and rejected.
-- severity: warn
select
    survey,
    count(*) as n_rows,
    list(distinct source_id order by source_id)[:10] as source_ids
from staging.doubled_rows
group by survey
order by survey;
