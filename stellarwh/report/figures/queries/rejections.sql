-- Rows that each reason rejects; a row may have several reasons.
select
    reason,
    n
from rejection_rows
where survey = $survey
order by n desc, reason
