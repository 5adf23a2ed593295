-- Rows of one survey that share an id lie within id_match_radius() of each other; those that
-- do not are taken for different stars (matching.separated_rows).
-- severity: warn
select
    survey,
    shared_id,
    count(*) as n_rows,
    max(separation) as separation
from matching.separated_rows
group by survey, shared_id
order by separation desc nulls last, survey, shared_id;
