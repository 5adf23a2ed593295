-- Stars of which a class is not certain: those whose set of classes at 90 % has several.
-- topic: Learned values
select
    star_id,
    class,
    probability,
    prediction_set
from main.predictions
where task = 'evolutionary_stage' and len(prediction_set) > 1
order by probability, star_id
limit 5;
