-- Values of each column that are NULL in raw or become NULL in staging, and the rules that make
-- them so; columns that the file does not have come last.
select
    column_name,
    sum(n)::bigint as n_null,
    coalesce(sum(n) filter (where layer = 'staging'), 0)::bigint as n_sentinel,
    list(rule order by n desc, rule) as rules,
    list(n order by n desc, rule) as counts
from meta.null_audit
where survey = $survey and n > 0
group by column_name
order by bool_or(rule = 'column absent'), n_null desc, column_name
