-- Rows by the first reason that rejects them: these add up, where all reasons count rows twice.
-- topic: Flags and NULL
select
    survey,
    coalesce(list_extract(rejection_reasons, 1), 'none: clean') as first_reason,
    count(*) as n
from main.measurements
group by survey, first_reason
order by survey, n desc, first_reason;
