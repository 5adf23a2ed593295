-- Apparent Ks against (J − Ks)0 of clean stars, where no parallax is known.
select photometry.j_ks_0 as x, photometry.ks_mag as y, measurements.fe_h as z
from main.measurements as measurements
inner join main.star_photometry as photometry
    on measurements.star_id = photometry.star_id
where
    measurements.is_best
    and measurements.is_clean
    and measurements.survey = coalesce($survey, measurements.survey)
