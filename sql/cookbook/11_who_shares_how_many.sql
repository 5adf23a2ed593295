-- Stars that each pair of surveys shares, how far their positions lie apart, and how many of them
-- chance would join.
-- topic: Matching
select
    survey_left,
    survey_right,
    n_stars,
    n_by_id,
    n_by_position,
    n_chance,
    median_separation
from main."overlaps"
order by survey_left, survey_right;
