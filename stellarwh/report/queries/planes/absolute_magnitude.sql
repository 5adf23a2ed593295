-- Absolute G against (BP − RP)0 of clean stars with parallax over error above 5.
select photometry.bp_rp_0 as x, photometry.abs_g as y, measurements.fe_h as z
from main.measurements as measurements
inner join main.star_photometry as photometry
    on measurements.star_id = photometry.star_id
where
    measurements.is_best
    and measurements.is_clean
    and measurements.survey = coalesce($survey, measurements.survey)
    and photometry.parallax_over_error > 5
