-- What calibration leaves between surveys: the median difference of stars that two share, before
-- and after.
-- topic: One scale
select
    left_side.survey as survey_left,
    right_side.survey as survey_right,
    left_side.quantity,
    count(*) as n,
    median(left_side.measured - right_side.measured) as before,
    median(left_side.value - right_side.value) as after
from main.calibrated as left_side
inner join main.calibrated as right_side
    on
        left_side.star_id = right_side.star_id
        and left_side.quantity = right_side.quantity
        and left_side.survey < right_side.survey
where left_side.quantity in ('teff', 'logg', 'fe_h')
group by left_side.survey, right_side.survey, left_side.quantity
order by survey_left, survey_right, left_side.quantity;
