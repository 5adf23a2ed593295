-- Terms of the calibration in use: what is added to a value of a survey.
select
    trends.survey,
    trends.quantity,
    array_to_string(trends.via, ', ') as via,
    trends.term,
    trends."position",
    trends.coefficient,
    trends.coefficient_err,
    trends.n
from scale.trends as trends
inner join scale.in_use as in_use on trends.run_id = in_use.run_id
order by trends.quantity, trends.survey, trends."position"
