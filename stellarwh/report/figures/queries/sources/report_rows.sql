-- What the charts read of every row.
select
    survey,
    star_id,
    is_best,
    is_clean,
    ra,
    "dec",
    teff::real as teff,
    logg::real as logg,
    fe_h::real as fe_h,
    alpha_fe::real as alpha_fe,
    radial_velocity::real as radial_velocity,
    snr::real as snr
from main.measurements
