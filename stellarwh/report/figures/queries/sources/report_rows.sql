-- What the charts read of every row, once: the views behind it are costly to repeat.
-- Photometry is that of the star, from whichever catalogue row has most of it.
select
    measurements.survey,
    measurements.star_id,
    measurements.is_best,
    measurements.is_clean,
    measurements.ra,
    measurements.dec,
    measurements.teff::real as teff,
    measurements.logg::real as logg,
    measurements.fe_h::real as fe_h,
    measurements.alpha_fe::real as alpha_fe,
    measurements.radial_velocity::real as radial_velocity,
    measurements.snr::real as snr,
    photometry.survey as photometry_survey,
    photometry.bp_rp_0::real as bp_rp_0,
    photometry.j_ks_0::real as j_ks_0,
    photometry.ks_mag::real as ks_mag,
    photometry.abs_g::real as abs_g,
    photometry.abs_ks::real as abs_ks,
    photometry.parallax_over_error::real as parallax_over_error
from main.measurements as measurements
left join main.star_photometry as photometry
    on measurements.star_id = photometry.star_id
