-- Every catalogue row with a position belongs to a star.
-- severity: fail
select
    measurements.survey,
    measurements.source_id
from main.measurements as measurements
anti join main.stars as stars
    on measurements.star_id = stars.star_id
where measurements.healpix is not null;
