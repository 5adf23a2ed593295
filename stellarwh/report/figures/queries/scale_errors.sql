-- What the errors that surveys state are multiplied by in the calibration in use, beside the
-- factor that repeated observations alone give.
select
    factors.survey,
    factors.quantity,
    factors.stage_group,
    factors.snr_low,
    factors.snr_high,
    factors.factor,
    factors.factor_err,
    factors.floor_err,
    factors.method,
    factors.n,
    factors.repeat_factor,
    factors.n_repeats
from scale.error_factors as factors
inner join scale.in_use as in_use on factors.run_id = in_use.run_id
order by
    factors.quantity,
    factors.survey,
    list_position(['all', 'giant', 'dwarf'], factors.stage_group),
    factors.snr_low
