-- Offsets between two surveys, as the warehouse measured them.
select
    quantity,
    stage_group,
    n,
    offset_value,
    offset_err,
    scatter
from offset_rows
where survey_left = $left and survey_right = $right
order by quantity, stage_group
