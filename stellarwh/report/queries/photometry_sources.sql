-- From whose rows the photometry and parallaxes of the stars of a survey are.
select distinct photometry_survey as survey
from colour_rows
where survey = $survey and photometry_survey is not null
order by survey
