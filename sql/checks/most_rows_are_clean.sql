-- At least a tenth of a survey's rows are clean.
-- severity: warn
select
    survey,
    count(*) as n_rows,
    count(*) filter (where is_clean) as n_clean
from main.measurements
group by survey
having count(*) filter (where is_clean) < 0.1 * count(*);
