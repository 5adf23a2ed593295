-- How many points each cell of a plane holds, and the mean of their third quantity.
select
    cells.*,
    frame.*
from cells
cross join frame
order by cells.y_cell, cells.x_cell
