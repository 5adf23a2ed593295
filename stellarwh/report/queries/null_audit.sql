-- Values that are NULL in raw or become NULL in staging, per column and rule; columns
-- that the file does not have come last.
select column_name, rule, layer, n
from meta.null_audit
where survey = $survey and n > 0
order by rule = 'column absent', n desc, column_name, rule
