-- How many physical stars each exact combination of surveys has.
select
    list_sort(surveys) as surveys,
    count(*) as n
from main.stars
group by all
order by n desc, surveys
