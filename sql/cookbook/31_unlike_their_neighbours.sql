-- Stars whose values together are unlike any neighbour's: what fits least, and what is usual of it.
-- topic: One scale
select
    star_id,
    quantity,
    value,
    usual_value,
    local_outlier_factor,
    nearest_sigma
from main.unlike_neighbours
order by nearest_sigma desc, star_id
limit 5;
