-- A star by the name that its survey gives it: APOGEE's is 2M and the position, LAMOST's obsid is
-- the source_id.
-- topic: One star
select
    survey,
    source_id,
    survey_star_id,
    teff,
    logg,
    fe_h
from main.measurements
where survey_star_id = (
    select min(survey_star_id) from main.measurements where survey = 'apogee' and is_clean
)
order by survey, source_id;
