-- Offsets between two surveys, as the warehouse measured them.
select quantity, stage_group, n, "offset" as offset_value, offset_err, scatter
from main.survey_offsets
where survey_left = $left and survey_right = $right
order by quantity, stage_group
