-- Separation of the matched pairs of two surveys in arcsec; selected: matched by id.
select
    separation as x,
    matched_by <> 'position' as is_selected
from matching.matches
where
    (survey_left = $left and survey_right = $right)
    or (survey_left = $right and survey_right = $left)
