-- One row per survey star: star_id of the physical star it is (matching.star_numbers says how
-- that is found), and whether chains of matches had to be cut there (has_conflict). source_id is
-- the row that stands for it.
-- key: survey, survey_star_id
create or replace view matching.star_identities as
select
    numbers.star_id,
    stars.survey,
    stars.survey_star_id,
    stars.source_id,
    numbers.has_conflict
from matching.survey_stars as stars
inner join matching.star_numbers as numbers on stars.position_id = numbers.position_id;
