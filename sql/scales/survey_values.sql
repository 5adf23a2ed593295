-- One row per star, quantity and survey: the mean of its clean rows, weighted by the inverse
-- square of what averages out of their errors, and the error of that mean: what averages out
-- does so, the rest stays. random_weight is the sum of the weights.
-- key: star_id, quantity, survey
create or replace view scale.survey_values as
select
    star_id,
    quantity,
    survey,
    any_value(in_range) as in_range,
    weighted_mean("value", pow(random_err, -2)) as "value",
    sum(pow(random_err, -2)) as random_weight,
    sqrt(
        1 / random_weight
        + weighted_mean(pow(err, 2) - pow(random_err, 2), pow(random_err, -2))
    ) as err,
    count(*) as n_rows
from scale.values
group by star_id, quantity, survey;
