-- What became of the files of spectra, by survey, and what spectra were shifted to rest by.
select
    survey,
    count(*) filter (where refusal is null) as n,
    count(*) filter (where refusal is not null) as n_refused,
    median(snr) filter (where refusal is null) as snr,
    count(*) filter (where snr_source = 'pixels') as n_snr_of_pixels,
    count(*) filter (where velocity_source = 'rest') as n_rest,
    count(*) filter (where velocity_source = 'catalogue') as n_catalogue,
    count(*) filter (where velocity_source = 'header') as n_header,
    count(*) filter (where velocity_source = 'cross-correlation') as n_measured,
    count(*) filter (where refusal is null and velocity_source is null) as n_without,
    count(*) filter (where disputed_velocity is not null) as n_disputed
from raw.spectra
group by survey
order by survey
