-- Kiel diagram of clean stars, coloured by [Fe/H].
select
    teff as x,
    logg as y,
    fe_h as z
from report_rows
where is_best and is_clean and (survey = $survey or ($survey is null and is_of_any))
