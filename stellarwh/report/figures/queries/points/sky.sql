-- Hammer equal-area projection of places, RA 180° in the middle, RA to the left:
-- x = −2√2 cos δ sin(λ/2) / d, y = √2 sin δ / d, d = √(1 + cos δ cos(λ/2)), λ = α − 180°.
-- Right ascensions of -180..180 are wrapped.
with centred as (
    select
        radians(ra - 360 * floor(ra / 360) - 180) / 2 as half_longitude,
        radians(dec) as latitude
    from places
)
select
    -2 * sqrt(2) * cos(latitude) * sin(half_longitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as x,
    sqrt(2) * sin(latitude)
    / sqrt(1 + cos(latitude) * cos(half_longitude)) as y,
    null::double as z
from centred
