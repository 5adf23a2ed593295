-- Where every star is.
select
    ra,
    dec
from report_rows
where is_best and survey = coalesce($survey, survey)
