-- What main.parameters has of the stars, worked out now.
create or replace temp table cube_parameters as
select
    star_id,
    teff,
    logg,
    fe_h,
    alpha_fe
from main.parameters;
