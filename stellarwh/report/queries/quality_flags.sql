-- How many rows of a survey carry each named flag bit, and what the bit says.
with set_bits as (
    select unnest(quality_flags) as flag
    from main.measurements
    where survey = $survey
),
counted as (
    select flag, count(*) as n
    from set_bits
    group by flag
)
select
    counted.flag,
    counted.n,
    any_value(flag_bits.description) as description,
    coalesce(bool_or(flag_bits.rejects), false) as rejects
from counted
left join meta.flag_bits as flag_bits
    on
        flag_bits.survey = $survey
        and counted.flag in (flag_bits.name, flag_bits.flag || ':' || flag_bits.name)
group by all
order by counted.n desc, counted.flag
