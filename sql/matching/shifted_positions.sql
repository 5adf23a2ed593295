-- One row per survey star, one arcmin nearer to the equator than it is: what it meets there
-- it meets by chance, in the same density of stars.
-- key: position_id
create or replace view matching.shifted_positions as
with
shifted as (
    select
        survey,
        position_id,
        ra,
        case when "dec" > 0 then "dec" - 1e0 / 60e0 else "dec" + 1e0 / 60e0 end as "dec"
    from matching.survey_stars
)

select
    *,
    healpix_nested(29, ra, "dec") as healpix
from shifted;
