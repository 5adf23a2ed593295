-- The radius of a match by position, in arcsec.
select match_radius()::double as radius
