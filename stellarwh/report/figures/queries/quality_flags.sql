-- How many rows of a survey carry each named flag bit, and what the bit says.
select
    counted.flag,
    counted.n,
    any_value(flag_bits.description) as description,
    coalesce(bool_or(flag_bits.rejects), false) as rejects
from flag_rows as counted
left join meta.flag_bits as flag_bits
    on
        flag_bits.survey = counted.survey
        and counted.flag in (flag_bits.name, flag_bits.flag || ':' || flag_bits.name)
where counted.survey = $survey
group by all
order by counted.n desc, counted.flag
