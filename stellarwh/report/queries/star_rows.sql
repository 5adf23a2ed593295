-- The rows of one star, each with what puts it among those of its survey.
select survey, source_id, teff, logg, fe_h, snr, is_clean, rejection_reasons
from main.measurements
where star_id = $star_id
order by survey_rank(survey), survey, is_clean desc, snr desc nulls last, source_id
