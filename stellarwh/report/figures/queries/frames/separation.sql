-- From zero to half again as much as the match radius: a Gaia identifier joins beyond it.
-- n_chance is how many pairs chance alone would give within the radius.
select
    count(*) as n_points,
    0::double as x_low,
    1.5 * match_radius()::double as x_high,
    45 as x_bins,
    match_radius()::double as match_radius,
    (
        select max(n_chance)
        from main."overlaps"
        where
            (survey_left = $left and survey_right = $right)
            or (survey_left = $right and survey_right = $left)
    ) as n_chance
from points
where isfinite(x)
