-- Differences of repeated observations in units of the errors that a survey states for them, in
-- bins a quarter wide: where errors hold, a normal distribution of spread 1. n counts the pairs of
-- the bin, n_points all; spread is 1.4826 times the median of their absolute values.
with pulls as (
    select
        unnest([
            { 'quantity': 'teff', 'pull': d_teff / e_teff },
            { 'quantity': 'logg', 'pull': d_logg / e_logg },
            { 'quantity': 'fe_h', 'pull': d_fe_h / e_fe_h },
            { 'quantity': 'alpha_fe', 'pull': d_alpha_fe / e_alpha_fe },
            { 'quantity': 'radial_velocity', 'pull': d_radial_velocity / e_radial_velocity }
        ], recursive := true)
    from repeat_rows
),

known as (
    select
        *,
        floor((pull + 5) / 0.25) as x_cell
    from pulls
    where isfinite(pull)
),

told as (
    select
        quantity,
        count(*) as n_points,
        1.4826 * median(abs(pull)) as spread,
        histogram(x_cell::integer) filter (where x_cell between 0 and 39) as cells
    from known
    group by quantity
    having count(*) >= 20
),

bins as (
    select
        *,
        unnest(range(40)) as x_cell
    from told
)

select
    quantity,
    x_cell,
    (-5 + 0.25 * x_cell)::double as x_from,
    (-5 + 0.25 * (x_cell + 1))::double as x_to,
    coalesce(cells[x_cell::integer], 0) as n,
    n_points,
    spread
from bins
order by
    list_position(['teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity'], quantity),
    x_cell
