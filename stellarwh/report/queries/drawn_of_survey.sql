-- One star in how many of a survey is drawn, and how many rows these have.
select
    drawn_surveys.step,
    count(*) as n
from report_rows
inner join drawn_surveys on report_rows.survey = drawn_surveys.survey
where report_rows.survey = $survey
group by drawn_surveys.step
