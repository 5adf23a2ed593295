-- Stars of whose rows ids and positions disagree: leave them out of a clean sample.
-- topic: Matching
select
    star_id,
    surveys,
    ra,
    "dec"
from main.stars
where has_conflict
order by star_id
limit 5;
