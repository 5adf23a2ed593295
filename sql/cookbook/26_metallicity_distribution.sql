-- The metallicity distribution in bins of 0.2 dex, as a share of all stars.
-- topic: Planes
select
    floor(fe_h / 0.2) * 0.2 as fe_h_from,
    count(*) as n,
    count(*) / sum(count(*)) over () as share
from main.parameters
where fe_h is not null
group by fe_h_from
order by fe_h_from;
