-- Differences of two surveys in planes (axis): how many stars each cell holds (layer 'cells'), and
-- in 14 equal bins of x (layer 'trend') the median and the 16th and 84th percentile as measured,
-- what the calibration takes away (fitted, the median of its stars, with its mean error), and the
-- median that is left. y_cell is of y as it is drawn, see core.
with placed as (
    select
        unnest([
            { 'axis': 'teff', 'x': teff },
            { 'axis': 'logg', 'x': logg },
            { 'axis': 'fe_h', 'x': fe_h },
            { 'axis': 'snr', 'x': snr }
        ], recursive := true),
        measured,
        calibrated,
        fitted,
        fitted_err
    from pair_places
),

within as (
    select
        placed.*,
        (placed.x - frame.x_low) / (frame.x_high - frame.x_low) as part,
        case
            when frame.core is null then placed.measured
            when abs(placed.measured) <= frame.core then placed.measured / frame.core
            else sign(placed.measured) * (1 + log10(abs(placed.measured) / frame.core))
        end as y,
        frame.* exclude (axis)
    from placed
    inner join frame on placed.axis = frame.axis
    where placed.x between frame.x_low and frame.x_high
),

cells as (
    select
        axis,
        least(floor(part * x_bins), x_bins - 1)::integer as x_cell,
        least(floor((y - y_low) / (y_high - y_low) * y_bins), y_bins - 1)::integer as y_cell,
        count(*) as n
    from within
    where y between y_low and y_high
    group by all
),

trend as (
    select
        axis,
        least(floor(part * 14), 14 - 1)::integer as x_cell,
        count(*) as n,
        quantile_cont(measured, 0.16)::double as y_16,
        median(measured)::double as y_50,
        quantile_cont(measured, 0.84)::double as y_84,
        median(fitted)::double as fitted,
        avg(fitted_err)::double as fitted_err,
        median(calibrated)::double as calibrated
    from within
    group by all
    having count(*) >= 20
),

layers as (
    select
        'cells' as layer,
        *
    from cells
    union all by name
    select
        'trend' as layer,
        *
    from trend
)

select
    frame.axis,
    layers.layer,
    layers.x_cell,
    layers.y_cell,
    frame.x_low + (layers.x_cell + 0.5) * (frame.x_high - frame.x_low)
    / case layers.layer when 'cells' then frame.x_bins else 14 end as x,
    layers.n,
    layers.y_16,
    layers.y_50,
    layers.y_84,
    layers.fitted,
    layers.fitted_err,
    layers.calibrated,
    frame.core,
    frame.n_points,
    frame.x_low,
    frame.x_high,
    frame.x_bins,
    frame.y_low,
    frame.y_high,
    frame.y_bins
from layers
inner join frame on layers.axis = frame.axis
order by
    list_position(['teff', 'logg', 'fe_h', 'snr'], frame.axis),
    layers.layer,
    layers.y_cell,
    layers.x_cell
