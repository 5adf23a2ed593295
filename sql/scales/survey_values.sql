-- One row per star, quantity and survey: the mean of its clean rows, weighted by the inverse
-- square of what averages out of their errors, and the error of that mean: what averages out
-- does so, the rest stays. rows_chi2 says how well the rows agree. Where they disagree beyond
-- chance rows_factor is how many times what averages out is larger than that
-- (disagreement_factor, else 1), and row_scatter what a single row scatters beyond its error; what
-- rows share is no larger for it. random_weight is the sum of the weights, without that.
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
        count(*) as n_rows,
        count(random_err) as n_weighed,
        case
            when n_weighed > 1
                then greatest(
                    sum(pow("value" / random_err, 2))
                    - pow(sum("value" * pow(random_err, -2)), 2) / sum(pow(random_err, -2)),
                    0
                )
        end as rows_chi2
    from scale.values
    group by star_id, quantity, survey
),

compared as (
    select
        *,
        disagreement_factor(rows_chi2, n_weighed - 1) as rows_factor
    from means
)

select
    star_id,
    quantity,
    survey,
    in_range,
    "value",
    random_weight,
    sqrt(pow(rows_factor, 2) / random_weight + shared_variance) as err,
    n_rows,
    rows_chi2,
    rows_factor,
    coalesce(sqrt((pow(rows_factor, 2) - 1) * n_weighed / random_weight), 0) as row_scatter
from compared;
