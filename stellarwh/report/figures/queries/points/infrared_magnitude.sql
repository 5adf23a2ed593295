-- Apparent Ks against (J − Ks)0 of clean stars, where no parallax is known.
select
    j_ks_0 as x,
    ks_mag as y,
    fe_h as z
from colour_rows
where (survey = $survey or ($survey is null and is_of_any))
