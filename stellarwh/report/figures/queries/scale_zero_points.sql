-- The median difference of the reference less each survey, and how many of the survey's values,
-- of the stars that are counted, lie beyond what the calibration knows: nothing is added there.
with zero_points as (
    select
        found.survey,
        found.quantity,
        found.zero_point,
        found.zero_point_err,
        found.scatter,
        found.n
    from scale.zero_points as found
    inner join scale.in_use as in_use on found.run_id = in_use.run_id
    union all
    select
        survey,
        quantity,
        zero_point,
        zero_point_err,
        scatter,
        null as n
    from scale.constant_offsets
    where stage_group = 'all'
)

select
    counts.survey,
    counts.quantity,
    zero_points.zero_point,
    zero_points.zero_point_err,
    zero_points.scatter,
    zero_points.n,
    counts.n_values,
    counts.n_outside
from scale_counts as counts
left join zero_points
    on counts.survey = zero_points.survey and counts.quantity = zero_points.quantity
order by counts.quantity, counts.survey
