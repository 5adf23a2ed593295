-- No star has two best rows of the same survey.
-- severity: fail
select
    star_id,
    survey,
    count(*) as n
from main.measurements
where is_best and star_id is not null
group by star_id, survey
having count(*) > 1;
