-- One row per survey whose stars are sought among those of all others: each that has changed
-- since the last build. Where all have, the others' stars find those of the largest one, which
-- then is not here; stars of one survey are not matched with each other.
-- key: survey
create or replace view matching.sought_surveys as
select survey
from matching.surveys
where is_changed
qualify
    count(*) over () < (select count(*) from matching.surveys)
    or row_number() over (order by n_stars desc, survey asc) > 1;
