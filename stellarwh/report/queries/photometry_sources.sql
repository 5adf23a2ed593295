-- From whose rows the photometry and parallaxes of the stars of a survey are.
select distinct photometry_survey as survey
from report_rows
where survey = $survey and is_best and is_clean and photometry_survey is not null
order by survey
