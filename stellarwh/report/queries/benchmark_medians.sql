-- By how much clean rows of benchmark stars differ from the newest recommended values.
select
    scale,
    survey,
    quantity,
    count(*) as n,
    median(difference) as median,
    case when count(*) > 1 then 1.4826 * mad(difference) end as scatter
from benchmark_rows
where is_clean
group by scale, survey, quantity
order by list_position(
    ['teff', 'logg', 'fe_h', 'mg_fe', 'si_fe', 'ca_fe', 'ti_fe'], quantity
), scale = 'combined', survey, scale desc
