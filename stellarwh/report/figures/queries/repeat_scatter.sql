-- By how much repeated observations differ, of all (no x) and in bins of the lower S/N a quarter
-- of a decade wide: scatter is 1.4826 times the median absolute difference, stated the median of
-- the errors that a survey states for it, factor the scatter in units of these errors, pair by
-- pair: what they would have to be multiplied by.
with pairs as (
    select
        case when snr > 0 and isfinite(snr) then floor(log10(snr) * 4)::integer end as x_cell,
        unnest([
            { 'quantity': 'teff', 'd': d_teff, 'e': e_teff },
            { 'quantity': 'logg', 'd': d_logg, 'e': e_logg },
            { 'quantity': 'fe_h', 'd': d_fe_h, 'e': e_fe_h },
            { 'quantity': 'alpha_fe', 'd': d_alpha_fe, 'e': e_alpha_fe },
            { 'quantity': 'radial_velocity', 'd': d_radial_velocity, 'e': e_radial_velocity }
        ], recursive := true)
    from repeat_rows
),

told as (
    select
        quantity,
        x_cell,
        grouping(x_cell) as is_all,
        count(*) as n,
        1.4826 * median(abs(d / e)) as factor,
        1.4826 * median(abs(d)) as scatter,
        median(e) as stated
    from pairs
    where isfinite(d / e)
    group by grouping sets ((quantity), (quantity, x_cell))
    having count(*) >= 20
)

select
    quantity,
    pow(10, x_cell / 4) as x_low,
    pow(10, (x_cell + 1) / 4) as x_high,
    n,
    factor,
    factor * 1.17 / sqrt(n) as factor_err,
    scatter,
    stated
from told
where is_all = 1 or x_cell is not null
order by
    list_position(['teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity'], quantity),
    x_cell nulls first
