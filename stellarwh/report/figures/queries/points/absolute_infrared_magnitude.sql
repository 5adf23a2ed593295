-- Absolute Ks against (J − Ks)0 of clean stars with parallax over error above 5.
select
    j_ks_0 as x,
    abs_ks as y,
    fe_h as z
from colour_rows
where (survey = $survey or ($survey is null and is_of_any)) and parallax_over_error > 5
