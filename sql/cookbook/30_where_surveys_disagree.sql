-- Stars of which surveys disagree beyond their errors, which one is probably off, and why.
-- topic: One scale
select
    star_id,
    quantity,
    survey_left,
    survey_right,
    difference_sigma,
    probably_off,
    reasons
from main.disagreeing_stars
order by difference_sigma desc, star_id, quantity
limit 5;
