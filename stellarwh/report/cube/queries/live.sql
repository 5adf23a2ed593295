-- What main.parameters has of the stars, worked out now.
select
    star_id,
    teff,
    logg,
    fe_h,
    alpha_fe
from main.parameters
