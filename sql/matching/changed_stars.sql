-- One row per survey star of a survey that has changed since the last build.
-- key: survey, survey_star_id
create or replace view matching.changed_stars as
select *
from matching.survey_stars
where survey in (select surveys.survey from matching.surveys where surveys.is_changed);
