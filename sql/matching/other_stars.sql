-- One row per survey star that is not sought among others (matching.sought_surveys): of a
-- survey that is as the last build left it, or of the largest one where all have changed.
-- key: survey, survey_star_id
create or replace view matching.other_stars as
select *
from matching.survey_stars
where survey not in (select sought_surveys.survey from matching.sought_surveys);
