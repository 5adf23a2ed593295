-- What the surveys measured for one star, side by side. Of a star that three surveys saw, each row
-- that they have of it.
-- topic: One star
select
    survey,
    source_id,
    teff,
    logg,
    fe_h,
    alpha_fe,
    snr,
    rejection_reasons
from main.measurements
where star_id = (select min(star_id) from main.stars where n_surveys = 3)
order by survey, source_id;
