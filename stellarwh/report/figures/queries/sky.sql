-- How many points each cell of the sky holds.
select
    cells.* exclude (z),
    frame.*
from cells
cross join frame
order by cells.y_cell, cells.x_cell
