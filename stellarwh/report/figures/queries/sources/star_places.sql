-- Where stars lie on the Kiel plane: the mean of their best rows, of clean ones where there
-- are any.
select
    star_id,
    coalesce(avg(teff) filter (where is_clean), avg(teff))::real as teff,
    coalesce(avg(logg) filter (where is_clean), avg(logg))::real as logg
from report_rows
where is_best and star_id is not null and isfinite(teff) and isfinite(logg)
group by star_id
