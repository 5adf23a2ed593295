-- The median difference of the reference less each survey, and how many of the survey's values
-- lie beyond what the calibration knows, where nothing is added.
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
),

told as (
    select
        survey,
        quantity,
        count(*) as n_values,
        count_if(not in_range) as n_outside
    from scale."values"
    group by survey, quantity
)

select
    told.survey,
    told.quantity,
    zero_points.zero_point,
    zero_points.zero_point_err,
    zero_points.scatter,
    zero_points.n,
    told.n_values,
    told.n_outside
from told
left join zero_points
    on told.survey = zero_points.survey and told.quantity = zero_points.quantity
order by told.quantity, told.survey
