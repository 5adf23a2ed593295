-- Predictions as one row a star: a column for each target.
-- topic: Learned values
select
    star_id,
    max(value) filter (where target = 'teff') as teff,
    max(value) filter (where target = 'logg') as logg,
    max(value) filter (where target = 'fe_h') as fe_h,
    max(value) filter (where target = 'alpha_fe') as alpha_fe
from main.predictions
where task = 'apogee_from_lamost' and in_domain
group by star_id
order by star_id
limit 5;
