-- One row per clean row of a star beside the best one of the same survey, and quantity: by how
-- much the best row differs from it, and the error that both state for that. What a survey does
-- wrong each time does not show here.
-- key: survey, other_source_id, quantity
create or replace view main.repeats as
select
    best_row.star_id,
    best_row.survey,
    best_row.source_id,
    other_row.source_id as other_source_id,
    best_row.quantity,
    best_row.snr,
    other_row.snr as other_snr,
    best_row.measured - other_row.measured as difference,
    sqrt(pow(best_row.measured_err, 2) + pow(other_row.measured_err, 2)) as difference_err
from main.measured_values as best_row
inner join main.measured_values as other_row
    on
        best_row.star_id = other_row.star_id
        and best_row.survey = other_row.survey
        and best_row.quantity = other_row.quantity
where best_row.is_best and not other_row.is_best;
