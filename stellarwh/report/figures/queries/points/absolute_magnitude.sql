-- Absolute G against (BP − RP)0 of clean stars with parallax over error above 5.
select
    bp_rp_0 as x,
    abs_g as y,
    fe_h as z
from colour_rows
where (survey = $survey or ($survey is null and is_of_any)) and parallax_over_error > 5
