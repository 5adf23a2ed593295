-- The surveys against each other as measured: median offset of [Fe/H], its error, the scatter.
-- topic: One scale
select
    survey_left,
    survey_right,
    stage_group,
    n,
    "offset",
    offset_err,
    scatter
from main.survey_offsets
where quantity = 'fe_h'
order by survey_left, survey_right, stage_group;
