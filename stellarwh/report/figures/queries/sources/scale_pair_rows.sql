-- Best clean rows of shared stars, side by side, once: the left less the right
-- value as measured and on the one scale, with the errors of both, and the star's place. Where both
-- values are in_range, correction_err is the error of what the scale takes from the difference.
with best as (
    select
        survey,
        source_id,
        snr
    from main.measurements
    where
        is_best
        and is_clean
        and star_id in (select star_id from shared_stars)
),

found as (
    select
        found.star_id,
        found.survey,
        found.quantity,
        best.snr,
        found.measured,
        found.measured_err,
        found."value",
        found.err,
        found.correction_err,
        found.in_range
    from scale."values" as found
    inner join best on found.survey = best.survey and found.source_id = best.source_id
    where found.quantity in ('teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity')
)

select
    l.star_id,
    l.survey as survey_left,
    r.survey as survey_right,
    l.quantity,
    l.snr as snr_left,
    r.snr as snr_right,
    places.teff,
    places.logg,
    places.fe_h,
    l.measured - r.measured as measured,
    sqrt(pow(l.measured_err, 2) + pow(r.measured_err, 2)) as measured_err,
    l."value" - r."value" as calibrated,
    sqrt(pow(l.err, 2) + pow(r.err, 2)) as calibrated_err,
    sqrt(pow(coalesce(l.correction_err, 0), 2) + pow(coalesce(r.correction_err, 0), 2))
        as correction_err,
    l.in_range and r.in_range as in_range
from found as l
inner join found as r
    on l.star_id = r.star_id and l.quantity = r.quantity and l.survey < r.survey
left join scale.places as places on l.star_id = places.star_id
