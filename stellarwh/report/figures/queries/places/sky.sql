-- Where every star is.
select
    ra,
    dec
from report_rows
where is_best and (survey = $survey or ($survey is null and is_of_any))
