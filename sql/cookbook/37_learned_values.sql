-- Learned parameters with their intervals. Out of the domain (in_domain is false) is a star with a
-- feature beyond the training stars', with a training_distance above 1, or of a kind without
-- labels.
-- topic: Learned values
select
    star_id,
    value,
    lower_68,
    upper_68,
    lower_90,
    upper_90,
    training_distance,
    in_domain
from main.predictions
where task = 'apogee_from_galah' and target = 'teff'
order by star_id
limit 5;
