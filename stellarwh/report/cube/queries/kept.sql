-- What main.parameters has of the stars, kept by the last calibration.
select
    star_id,
    teff,
    logg,
    fe_h,
    alpha_fe
from scale.star_parameters
