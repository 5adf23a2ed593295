-- Rows that each reason rejects; a row may have several reasons.
select reason, n, fraction, n_rows
from rejection_rows
where survey = $survey
order by n desc, reason
