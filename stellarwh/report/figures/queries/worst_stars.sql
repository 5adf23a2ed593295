-- The ten held-out stars whose prediction lies farthest from the label, in units of half the
-- width of its 68 % interval (pull); of classes those that are wrong and surest. With all
-- catalogue rows of the star, and the flags of these.
with worst as (
    select
        star_id,
        label,
        label_err,
        value,
        value - label as difference,
        abs(value - label) / nullif((upper_68 - lower_68) / 2, 0) as pull,
        label_class,
        class,
        probability
    from held_out_rows
    where (isfinite(label) and isfinite(value)) or label_class <> class
    order by
        pull desc nulls last,
        abs(value - label) desc nulls last,
        probability desc nulls last,
        star_id
    limit 10
),

told as (
    select
        star_id,
        list(survey || ' ' || source_id order by survey, source_id) as rows,
        list_sort(list_distinct(flatten(list(quality_flags)))) as flags
    from main.measurements
    where star_id in (select star_id from worst)
    group by star_id
)

select
    worst.*,
    coalesce(told.rows, []) as rows,
    coalesce(told.flags, []) as flags
from worst
left join told on worst.star_id = told.star_id
order by
    worst.pull desc nulls last,
    abs(worst.difference) desc nulls last,
    worst.probability desc nulls last,
    worst.star_id
