-- Rows that each reason rejects; a row may have several reasons.
select reason, n, fraction, n_rows
from main.rejections
where survey = $survey and n > 0
order by n desc, reason
