-- Every offset between surveys rests on at least 20 stars.
-- severity: warn
select
    survey_left,
    survey_right,
    quantity,
    stage_group,
    n
from main.survey_offsets
where n < 20;
