-- [alpha/Fe] along [Fe/H] of giants: median and central 68 %.
-- topic: Planes
select
    floor(fe_h / 0.25) * 0.25 as fe_h_from,
    count(*) as n,
    quantile_cont(alpha_fe, 0.16) as low,
    median(alpha_fe) as middle,
    quantile_cont(alpha_fe, 0.84) as high
from main.parameters
where logg < 3.5 and alpha_fe is not null and fe_h is not null
group by fe_h_from
having count(*) >= 20
order by fe_h_from;
