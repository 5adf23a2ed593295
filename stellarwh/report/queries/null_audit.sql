-- Values that are NULL in raw or become NULL in staging, per column and rule.
select column_name, rule, layer, n
from meta.null_audit
where survey = $survey and n > 0
order by n desc, column_name, rule
