-- The surveys that have rows.
select distinct survey as value
from main.measurements
order by value
