-- Hammer equal-area projection of the stars that two surveys share (see sky.sql).
with centred as (
    select
        radians(ra - 180) / 2 as half_longitude,
        radians(dec) as latitude
    from main.stars
    where list_contains(surveys, $left) and list_contains(surveys, $right)
)
select
    -2 * sqrt(2) * cos(latitude) * sin(half_longitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as x,
    sqrt(2) * sin(latitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as y
from centred
