-- What each survey's value weighs in the star's Teff, as measured and on one scale. stellarwh
-- explain tells the whole way.
-- topic: One star
select
    survey,
    source_id,
    measured,
    measured_err,
    correction,
    value,
    err,
    weight
from main.calibrated
where
    star_id = (select min(star_id) from main.stars where n_surveys = 3)
    and quantity = 'teff'
order by survey, source_id;
