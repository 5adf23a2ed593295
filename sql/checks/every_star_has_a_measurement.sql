-- Every star has at least one row that stands for it in a survey.
-- severity: fail
select stars.star_id
from main.stars as stars
anti join main.measurements as measurements
    on stars.star_id = measurements.star_id and measurements.is_best;
