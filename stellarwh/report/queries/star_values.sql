-- What each row gives of one star, beside its value of all surveys together.
select
    given.survey,
    given.source_id,
    given.quantity,
    given.measured,
    given.measured_err,
    given."value",
    given.err,
    given.weight,
    together."value" as mean,
    together.err as mean_err,
    given."value" - together."value" as from_mean,
    (given."value" - together."value") / nullif(given.err, 0) as from_mean_sigma
from main.calibrated as given
left join scale.star_values as together
    on given.star_id = together.star_id and given.quantity = together.quantity
where given.star_id = $star_id
order by
    list_position(['teff', 'logg', 'fe_h', 'alpha_fe'], given.quantity) nulls last,
    given.quantity, survey_rank(given.survey), given.survey, given.source_id
