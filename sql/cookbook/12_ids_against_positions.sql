-- Where Gaia ids and positions disagree, and whether the two are one star all the same.
-- topic: Matching
select
    survey_left,
    survey_right,
    disagreement,
    gaia_release,
    is_same_star,
    count(*) as n
from matching.disagreements
group by all
order by all;
