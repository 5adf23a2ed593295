-- How many rows of each survey carry each named flag bit: one look at all of them.
select
    survey,
    flag,
    count(*) as n
from (
    select
        survey,
        unnest(quality_flags) as flag
    from main.measurements
    where len(quality_flags) > 0
) as set_bits
group by survey, flag
