-- How many physical stars each exact combination of surveys has.
select
    list_sort(surveys) as surveys,
    sum(n)::bigint as n
from (
    select
        surveys,
        count(*) as n
    from main.stars
    group by surveys
) as as_listed
group by all
order by n desc, surveys
