-- Spectra that are held, by survey, and how many of them are simulated.
select
    survey,
    count(*) as n,
    count(*) filter (where spectra.is_simulated) as n_simulated,
    count(distinct star_id) as n_stars
from raw.spectra
left join main.star_spectra using (survey, spectrum_id)
where refusal is null
group by survey
order by survey
