-- Rows that each reason rejects, of every survey: the view counts all of them at once.
select survey, reason, n, fraction, n_rows
from main.rejections
where n > 0
