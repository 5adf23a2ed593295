-- Where stars lie on the Kiel plane, those that are drawn and those that were held out: the mean of
-- their best rows, of clean ones where there are any.
select
    measurements.star_id,
    coalesce(avg(teff) filter (where is_clean), avg(teff))::real as teff,
    coalesce(avg(logg) filter (where is_clean), avg(logg))::real as logg
from main.measurements as measurements
cross join drawn_stars
where
    measurements.is_best
    and isfinite(measurements.teff)
    and isfinite(measurements.logg)
    and (
        measurements.star_id % drawn_stars.step = 0
        or measurements.star_id in (select star_id from ml.out_of_fold)
    )
group by measurements.star_id
