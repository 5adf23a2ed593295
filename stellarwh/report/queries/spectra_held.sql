-- Spectra that are held, by survey, before any is known to be of a star.
select
    survey,
    count(*) as n,
    count(*) filter (where is_simulated) as n_simulated,
    null::bigint as n_stars
from raw.spectra
where refusal is null
group by survey
order by survey
