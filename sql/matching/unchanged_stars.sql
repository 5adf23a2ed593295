-- One row per survey star of a survey that is as the last build left it.
-- key: survey, survey_star_id
create or replace view matching.unchanged_stars as
select *
from matching.survey_stars
where survey in (select surveys.survey from matching.surveys where not surveys.is_changed);
