-- Each index of each survey: its values, and why spectra have none.
select
    survey,
    index_name,
    any_value(unit) as unit,
    count(value) as n,
    quantile_cont(value, 0.16) as low,
    median(value) as middle,
    quantile_cont(value, 0.84) as high,
    median(err) as err,
    count(*) filter (where reason = 'outside the wavelengths') as n_outside,
    count(*) filter (where reason = 'bad pixels') as n_bad,
    count(*) filter (where reason = 'no continuum') as n_no_continuum,
    count(*) filter (where reason = 'gap in the wavelengths') as n_gap,
    count(*) filter (where reason = 'no velocity') as n_no_velocity
from raw.spectral_indices
group by survey, index_name
having count(value) > 0
order by survey, index_name
