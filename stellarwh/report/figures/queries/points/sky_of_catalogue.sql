-- Hammer equal-area projection of every position of one catalogue, as in sky.sql; right
-- ascensions of -180..180 are wrapped.
with centred as (
    select
        radians(ra - 360 * floor(ra / 360) - 180) / 2 as half_longitude,
        radians(dec) as latitude
    from positions
    where isfinite(ra) and abs(dec) <= 90
)
select
    -2 * sqrt(2) * cos(latitude) * sin(half_longitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as x,
    sqrt(2) * sin(latitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as y
from centred
