-- The [α/Fe]–[Fe/H] plane of clean stars, coloured by log g.
select
    fe_h as x,
    alpha_fe as y,
    logg as z
from report_rows
where is_best and is_clean and (survey = $survey or ($survey is null and is_of_any))
