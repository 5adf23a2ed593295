-- One row per id that several catalogue rows of one survey have: the hash of survey and id, and
-- of few that one row has alone, whose hash is the same. Nearly all ids are of one row: only
-- these have to be told apart by place, and ranked.
-- key: id_hash
-- stored: table
create or replace table matching.shared_ids as
select hash(survey, survey_star_id) as id_hash
from staging.all_surveys
group by id_hash
having count(*) > 1;
