-- Where every star lies on the sky map (see sky_of_pair.sql).
select sky_x as x, sky_y as y, null::double as z
from report_rows
where is_best and survey = coalesce($survey, survey)
