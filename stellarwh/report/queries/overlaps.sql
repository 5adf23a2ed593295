-- Stars in common of every pair of surveys.
select *
from main.overlaps
order by survey_left, survey_right
