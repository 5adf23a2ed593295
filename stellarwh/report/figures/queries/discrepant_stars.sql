-- The twenty stars whose values of two surveys differ most in units of the errors of both
-- (n_sigma): on the one scale with errors that hold, or as measured with stated errors where
-- nothing is calibrated. Of those without an error, the difference itself counts.
with compared as (
    select
        pairs.star_id,
        pairs.measured as difference,
        case when in_use.method = 'fitted' then pairs.calibrated end as on_scale,
        case
            when in_use.method = 'fitted' then pairs.calibrated_err
            else pairs.measured_err
        end as err,
        abs(coalesce(on_scale, difference)) / nullif(err, 0) as n_sigma
    from scale_pair_rows as pairs
    cross join scale.in_use as in_use
    where
        pairs.survey_left = $left
        and pairs.survey_right = $right
        and pairs.quantity = $quantity
        and isfinite(pairs.measured)
),

most as (
    select *
    from compared
    order by
        n_sigma desc nulls last,
        abs(coalesce(on_scale, difference)) desc,
        star_id
    limit 20
),

told as (
    select
        star_id,
        survey,
        source_id,
        snr,
        quality_flags,
        case $quantity
            when 'teff' then teff
            when 'logg' then logg
            when 'fe_h' then fe_h
            when 'alpha_fe' then alpha_fe
            when 'radial_velocity' then radial_velocity
        end as measured
    from main.measurements
    where
        is_best
        and survey in ($left, $right)
        and star_id in (select star_id from most)
)

select
    most.star_id,
    l.source_id as source_id_left,
    r.source_id as source_id_right,
    l.quality_flags as flags_left,
    r.quality_flags as flags_right,
    l.snr as snr_left,
    r.snr as snr_right,
    l.measured as value_left,
    r.measured as value_right,
    most.difference,
    most.on_scale as calibrated,
    most.err,
    most.n_sigma
from most
inner join told as l on most.star_id = l.star_id and l.survey = $left
inner join told as r on most.star_id = r.star_id and r.survey = $right
order by
    most.n_sigma desc nulls last,
    abs(coalesce(most.on_scale, most.difference)) desc,
    most.star_id
