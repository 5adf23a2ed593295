-- One row per survey star that is sought among those of other surveys
-- (matching.sought_surveys).
-- key: survey, survey_star_id
create or replace view matching.sought_stars as
select *
from matching.survey_stars
where survey in (select sought_surveys.survey from matching.sought_surveys);
