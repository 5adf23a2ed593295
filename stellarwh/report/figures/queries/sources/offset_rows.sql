-- Offsets between any two surveys: the view measures all of them whoever asks for two.
select
    survey_left,
    survey_right,
    quantity,
    stage_group,
    n,
    "offset" as offset_value,
    offset_err,
    scatter
from main.survey_offsets
