-- How many values the surveys give of the stars that are counted, and to how many of them
-- nothing is added, as they lie beyond what the calibration knows.
select
    survey,
    quantity,
    count(*) as n_values,
    count_if(not in_range) as n_outside
from scale."values"
where star_id in (select star_id from counted_stars)
group by survey, quantity
