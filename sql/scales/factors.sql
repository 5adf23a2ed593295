-- One row per survey, quantity, group of stars and range of S/N: how the errors that the survey
-- states are made to hold (macro holding_err). Those of the calibration in use; without one, the
-- stated errors, raised to the scatter about the reference where they are smaller.
-- key: survey, quantity, stage_group, snr_low
create or replace view scale.factors as
select
    factors.survey,
    factors.quantity,
    factors.stage_group,
    factors.snr_low,
    factors.snr_high,
    factors.factor,
    factors.floor_err,
    factors.repeat_factor,
    factors.missing_err,
    0.0 as least_err
from scale.error_factors as factors
inner join scale.in_use as in_use on factors.run_id = in_use.run_id
union all by name
select
    survey,
    quantity,
    stage_group,
    0.0 as snr_low,
    'inf'::double as snr_high,
    1.0 as factor,
    0.0 as floor_err,
    null as repeat_factor,
    scatter as missing_err,
    coalesce(scatter, 0.0) as least_err
from scale.constant_offsets;
