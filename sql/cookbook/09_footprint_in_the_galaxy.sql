-- Stars by Galactic latitude: how many, and how metal-poor they are.
-- topic: On the sky
select
    floor(b / 15) * 15 as b_from,
    count(*) as n,
    median(fe_h) as median_fe_h
from main.parameters
where fe_h is not null
group by b_from
order by b_from;
