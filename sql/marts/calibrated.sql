-- One row per value of a clean catalogue row of a star, on the scale of the reference
-- (scale.in_use). correction is what was added to measured: the sum of terms, by name. err is the
-- error that holds: of three parts in quadrature, the stated error times its factor, the floor
-- (scale.factors), and correction_err, the error of the correction. Where in_range is false
-- nothing was added, as the calibration knows no such stars, and correction_err is the zero point
-- that the value lacks. weight is the value's share in that of main.parameters.
-- key: survey, source_id, quantity
create or replace view main.calibrated as
select
    "values".star_id,
    "values".survey,
    "values".source_id,
    "values".quantity,
    "values".measured,
    "values".measured_err,
    "values".correction,
    "values".correction_err,
    case
        when len("values".terms) = len("values".coefficients) and len("values".terms) > 0
            then map(
                trend_term_names(),
                list_transform(
                    list_zip("values".terms, "values".coefficients), lambda z: z[1] * z[2]
                )
            )
    end as terms,
    "values"."value",
    "values".err,
    coalesce(
        star_values.weights[list_position(star_values.surveys, "values".survey)], 0
    ) * coalesce(
        pow("values".random_err, -2) / survey_values.random_weight,
        case when survey_values.random_weight is null then 1 / survey_values.n_rows else 0 end
    ) as weight,
    "values".in_range
from scale."values"
inner join scale.survey_values
    on
        "values".star_id = survey_values.star_id
        and "values".quantity = survey_values.quantity
        and "values".survey = survey_values.survey
inner join scale.star_values
    on
        "values".star_id = star_values.star_id
        and "values".quantity = star_values.quantity;
