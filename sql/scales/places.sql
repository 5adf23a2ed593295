-- One row per star with a clean best row: its place among the parameters on the scale of the
-- reference, the mean of its best rows, each moved by the zero point of its survey and weighted by
-- the inverse square of its error. Differences of two surveys are fitted against it, and
-- corrections read at it: its noise has nothing to do with that of the difference, as a survey's
-- own value has. Surveys that are not on the scale count only where no other has a value. A
-- quantity without any error is a plain mean.
-- key: star_id
create or replace view scale.places as
with
scales as (
    select
        coalesce(corrections.survey, factors.survey) as survey,
        coalesce(corrections.quantity, factors.quantity) as quantity,
        coalesce(corrections.zero_point, 0) as zero_point,
        corrections.survey is not null as is_on_scale,
        factors.factor,
        factors.floor_err,
        factors.missing_err,
        factors.least_err
    from scale.corrections
    full outer join (from scale.factors where stage_group = 'all') as factors
        on
            corrections.survey = factors.survey
            and corrections.quantity = factors.quantity
),

of_surveys as (
    select
        survey,
        any_value(scales) filter (quantity = 'teff') as of_teff,
        any_value(scales) filter (quantity = 'logg') as of_logg,
        any_value(scales) filter (quantity = 'fe_h') as of_fe_h
    from scales
    group by survey
),

moved as (
    select
        measurements.star_id,
        measurements.teff + coalesce(of_teff.zero_point, 0) as teff,
        measurements.logg + coalesce(of_logg.zero_point, 0) as logg,
        measurements.fe_h + coalesce(of_fe_h.zero_point, 0) as fe_h,
        measurements.survey = in_use.reference as is_reference,
        is_reference or coalesce(of_teff.is_on_scale, false) as teff_on_scale,
        is_reference or coalesce(of_logg.is_on_scale, false) as logg_on_scale,
        is_reference or coalesce(of_fe_h.is_on_scale, false) as fe_h_on_scale,
        pow(
            holding_err(
                nullif(teff_err, 0),
                of_teff.factor,
                of_teff.floor_err,
                of_teff.missing_err,
                of_teff.least_err
            ),
            -2
        ) as teff_weight,
        pow(
            holding_err(
                nullif(logg_err, 0),
                of_logg.factor,
                of_logg.floor_err,
                of_logg.missing_err,
                of_logg.least_err
            ),
            -2
        ) as logg_weight,
        pow(
            holding_err(
                nullif(fe_h_err, 0),
                of_fe_h.factor,
                of_fe_h.floor_err,
                of_fe_h.missing_err,
                of_fe_h.least_err
            ),
            -2
        ) as fe_h_weight
    from main.measurements
    cross join scale.in_use
    left join of_surveys on measurements.survey = of_surveys.survey
    where measurements.is_best and measurements.is_clean and measurements.star_id is not null
),

means as (
    select
        star_id,
        coalesce(
            weighted_mean(case when teff_on_scale then teff end, teff_weight),
            weighted_mean(teff, teff_weight)
        ) as teff,
        coalesce(
            weighted_mean(case when logg_on_scale then logg end, logg_weight),
            weighted_mean(logg, logg_weight)
        ) as logg,
        coalesce(
            weighted_mean(case when fe_h_on_scale then fe_h end, fe_h_weight),
            weighted_mean(fe_h, fe_h_weight)
        ) as fe_h
    from moved
    group by star_id
)

select
    *,
    coalesce(giant_or_dwarf(teff, logg), 'all') as stage_group
from means;
