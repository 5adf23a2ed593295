-- A cone of one degree around a position: right ascension and declination in degrees, radius in
-- arcsec.
-- topic: On the sky
select
    star_id,
    ra,
    "dec",
    angular_separation(ra, "dec", 300.9, -6.0) / 3600 as degrees
from cone_search('main.stars', 300.9, -6.0, 3600)
order by degrees, star_id
limit 5;
