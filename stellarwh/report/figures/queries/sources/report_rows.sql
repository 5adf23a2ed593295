-- What the charts read of the rows of drawn stars. Where surveys stand together, those with
-- is_of_any alone: of each survey one star in as many.
select
    measurements.survey,
    measurements.star_id,
    measurements.is_best,
    measurements.is_clean,
    measurements.ra,
    measurements."dec",
    measurements.teff::real as teff,
    measurements.logg::real as logg,
    measurements.fe_h::real as fe_h,
    measurements.alpha_fe::real as alpha_fe,
    measurements.radial_velocity::real as radial_velocity,
    measurements.snr::real as snr,
    drawn.most = 1 or measurements.star_id % drawn.most = 0 as is_of_any
from main.measurements as measurements
inner join (
    select
        survey,
        step,
        max(step) over () as most
    from drawn_surveys
) as drawn on measurements.survey = drawn.survey
where drawn.step = 1 or measurements.star_id % drawn.step = 0
