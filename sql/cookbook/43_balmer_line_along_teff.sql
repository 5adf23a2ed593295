-- The equivalent width of H-beta along Teff, of stars that have spectra.
-- topic: Spectra
select
    floor(p.teff / 500) * 500 as teff_from,
    count(*) as n,
    median(i.hbeta) as hbeta,
    median(i.hbeta_err) as hbeta_err
from main.star_indices as i
inner join main.parameters as p on i.star_id = p.star_id
where i.hbeta is not null and p.teff is not null
group by teff_from
order by teff_from;
