-- One row per star with photometry: its magnitudes and parallax, dereddened colours,
-- indices, and luminosity from parallax.
-- Taken from the catalogue row of the star with the most of them (of equal ones that with
-- the best parallax), with Gaia's own in the place of its Gaia values where an extract of Gaia has
-- the star; what they are is said in main.row_photometry.
-- key: star_id
create or replace view main.star_photometry as
select * exclude (is_best, n_values)
from main.row_photometry
where is_best and star_id is not null
qualify
    row_number() over (
        partition by star_id
        order by n_values desc, parallax_err asc nulls last, survey, source_id
    ) = 1;
