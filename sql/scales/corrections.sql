-- One row per survey and quantity: what the scale in use adds to a value of the survey.
-- coefficients and their covariances are in the order of trend_terms. The limits are those of a
-- star's place and of the S/N: terms are held at low and high; beyond least and most nothing is
-- added. A correction that is the same for all stars has no limits.
-- zero_point is the median difference: what is usually added.
-- key: survey, quantity
create or replace view scale.corrections as
with
trends as (
    select
        run_id,
        survey,
        quantity,
        list(coefficient order by position) as coefficients,
        list(covariances order by position) as covariances
    from scale.trends
    group by run_id, survey, quantity
),

limits as (
    select
        run_id,
        survey,
        quantity,
        any_value(low) filter (where covariate = 'teff') as teff_low,
        any_value(high) filter (where covariate = 'teff') as teff_high,
        any_value(least) filter (where covariate = 'teff') as teff_least,
        any_value(most) filter (where covariate = 'teff') as teff_most,
        any_value(low) filter (where covariate = 'logg') as logg_low,
        any_value(high) filter (where covariate = 'logg') as logg_high,
        any_value(least) filter (where covariate = 'logg') as logg_least,
        any_value(most) filter (where covariate = 'logg') as logg_most,
        any_value(low) filter (where covariate = 'fe_h') as fe_h_low,
        any_value(high) filter (where covariate = 'fe_h') as fe_h_high,
        any_value(least) filter (where covariate = 'fe_h') as fe_h_least,
        any_value(most) filter (where covariate = 'fe_h') as fe_h_most,
        any_value(low) filter (where covariate = 'snr') as snr_low,
        any_value(high) filter (where covariate = 'snr') as snr_high
    from scale.ranges
    group by run_id, survey, quantity
),

zero_points as (
    select
        run_id,
        survey,
        quantity,
        zero_point
    from scale.zero_points
),

constants as (
    select
        survey,
        quantity,
        any_value(zero_point) filter (where stage_group = 'all') as zero_point,
        any_value(zero_point) filter (where stage_group = 'dwarf') as dwarf,
        any_value(zero_point) filter (where stage_group = 'giant') as giant,
        any_value(zero_point_err) filter (where stage_group = 'dwarf') as dwarf_err,
        any_value(zero_point_err) filter (where stage_group = 'giant') as giant_err
    from scale.constant_offsets
    group by survey, quantity
)

select
    trends.survey,
    trends.quantity,
    zero_points.zero_point,
    trends.coefficients,
    trends.covariances,
    limits.* exclude (run_id, survey, quantity)
from trends
inner join scale.in_use as in_use on trends.run_id = in_use.run_id
left join limits
    on
        trends.run_id = limits.run_id
        and trends.survey = limits.survey
        and trends.quantity = limits.quantity
left join zero_points
    on
        trends.run_id = zero_points.run_id
        and trends.survey = zero_points.survey
        and trends.quantity = zero_points.quantity
union all by name
select
    survey,
    quantity,
    zero_point,
    [dwarf, giant - dwarf] || repeat([0.0], len(trend_term_names()) - 2) as coefficients,
    -- The errors of the groups are independent: Var(giant - dwarf) is the sum of both.
    [
        [pow(dwarf_err, 2), -pow(dwarf_err, 2)],
        [-pow(dwarf_err, 2), pow(dwarf_err, 2) + pow(giant_err, 2)]
    ] as covariances,
    '-inf'::double as teff_least,
    'inf'::double as teff_most
from constants;
