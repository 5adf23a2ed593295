-- One row per star, quantity and survey: the mean of its clean rows, weighted by the inverse
-- square of what averages out of their errors, and the error of that mean: what averages out
-- does so, the rest stays. rows_chi2 says how well the rows agree, of n_rows - 1 degrees of
-- freedom. random_weight is the sum of the weights.
-- key: star_id, quantity, survey
create or replace view scale.survey_values as
with
means as (
    select
        star_id,
        quantity,
        survey,
        any_value(in_range) as in_range,
        weighted_mean("value", pow(random_err, -2)) as "value",
        sum(pow(random_err, -2)) as random_weight,
        weighted_mean(pow(err, 2) - pow(random_err, 2), pow(random_err, -2)) as shared_variance,
        case
            when count(random_err) > 1
                then greatest(
                    sum(pow("value" / random_err, 2))
                    - pow(sum("value" * pow(random_err, -2)), 2) / sum(pow(random_err, -2)),
                    0
                )
        end as rows_chi2,
        count(*) as n_rows
    from scale.values
    group by star_id, quantity, survey
)

select
    star_id,
    quantity,
    survey,
    in_range,
    "value",
    random_weight,
    sqrt(1 / random_weight + shared_variance) as err,
    n_rows,
    rows_chi2
from means;
