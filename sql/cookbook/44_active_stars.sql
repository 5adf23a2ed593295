-- Dwarfs with the strongest Ca H and K emission, by the S index.
-- topic: Spectra
select
    i.star_id,
    i.s_hk,
    i.s_hk_err,
    p.teff,
    p.logg,
    i.optical_survey,
    i.optical_id
from main.star_indices as i
inner join main.parameters as p on i.star_id = p.star_id
where p.logg > 4 and p.teff between 4500 and 6500 and i.s_hk_err < 0.1
order by i.s_hk desc, i.star_id
limit 5;
