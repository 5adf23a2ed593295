-- Why rows were rejected: a row may have several reasons.
-- topic: Flags and NULL
select
    survey,
    reason,
    n,
    fraction
from main.rejections
order by survey, n desc, reason
limit 15;
