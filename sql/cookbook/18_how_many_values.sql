-- How many clean rows have a value, by survey: sentinels such as -9999 are NULL here.
-- topic: Flags and NULL
select
    survey,
    count(*) as n_rows,
    count(teff) as n_teff,
    count(fe_h) as n_fe_h,
    count(alpha_fe) as n_alpha_fe,
    count(mg_fe) as n_mg_fe,
    count(radial_velocity) as n_radial_velocity
from main.measurements
where is_clean
group by survey
order by survey;
