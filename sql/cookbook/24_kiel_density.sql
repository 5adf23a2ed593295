-- The Kiel diagram as counts: cells of 250 K and 0.5 in log g.
-- topic: Planes
select
    floor(teff / 250) * 250 as teff_from,
    floor(logg / 0.5) * 0.5 as logg_from,
    count(*) as n
from main.parameters
where teff is not null and logg is not null
group by teff_from, logg_from
order by n desc, teff_from, logg_from
limit 10;
