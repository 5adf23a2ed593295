-- Differences left − right of a quantity beside the star's place and the S/N (log10) of the
-- survey that is not the reference, of two such of the right one. fitted is what the calibration
-- in use takes from the difference, where it knows such stars, and fitted_err its error.
select
    pairs.teff,
    pairs.logg,
    pairs.fe_h,
    case when pairs.survey_right = in_use.reference then pairs.snr_left else pairs.snr_right end
        as snr_seen,
    case when snr_seen > 0 then log10(snr_seen) end as snr,
    pairs.measured,
    case when in_use.method = 'fitted' then pairs.calibrated end as calibrated,
    case
        when in_use.method = 'fitted' and pairs.in_range
            then pairs.measured - pairs.calibrated
    end as fitted,
    case when fitted is not null then pairs.correction_err end as fitted_err
from scale_pair_rows as pairs
cross join scale.in_use as in_use
where
    pairs.survey_left = $left
    and pairs.survey_right = $right
    and pairs.quantity = $quantity
    and isfinite(pairs.measured)
