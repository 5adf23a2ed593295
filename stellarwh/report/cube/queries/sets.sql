-- Which surveys saw a star together, and how many stars each of these sets has.
select
    surveys,
    count(*) as n
from main.stars
group by surveys
order by n desc, surveys
