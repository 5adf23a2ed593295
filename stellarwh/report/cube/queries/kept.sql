-- What main.parameters has of the stars, kept by the last calibration.
create or replace temp view cube_parameters as
select
    star_id,
    teff,
    logg,
    fe_h,
    alpha_fe
from scale.star_parameters;
