-- Offsets between two surveys on the one scale, as main.survey_offsets has them of values as they
-- were measured; the group is that of the star's place. No rows where nothing is calibrated.
with grouped as (
    select
        pairs.quantity,
        pairs.calibrated,
        unnest(['all', giant_or_dwarf(pairs.teff, pairs.logg)]) as stage_group
    from scale_pair_rows as pairs
    cross join scale.in_use as in_use
    where
        pairs.survey_left = $left
        and pairs.survey_right = $right
        and in_use.method = 'fitted'
        and isfinite(pairs.calibrated)
),

measured as (
    select
        quantity,
        stage_group,
        count(*) as n,
        median(calibrated) as offset_value,
        case when count(*) > 1 then 1.4826 * mad(calibrated) end as scatter
    from grouped
    where stage_group is not null
    group by quantity, stage_group
)

select
    quantity,
    stage_group,
    n,
    offset_value,
    sqrt(pi() / 2) * scatter / sqrt(n) as offset_err,
    scatter
from measured
order by quantity, stage_group
