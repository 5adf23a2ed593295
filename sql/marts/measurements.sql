-- One row per catalogue row of any survey, clean or not, with the star it belongs to.
-- is_best marks the one row that stands for its star in its survey (matching.survey_stars).
-- star_id is NULL for a row of a star without a position. survey_star_id is the survey's own,
-- but for rows that share one and lie elsewhere (matching.separated_rows). Stored by survey,
-- clustered by star_id, so that the rows of one star, or of stars near each other, are found
-- at once.
-- key: survey, source_id
create or replace view main.measurements as
-- The first of them says the types: all numbers are doubles.
select * from main.measurements_others
union all by name
select * from main.measurements_apogee
union all by name
select * from main.measurements_galah
union all by name
select * from main.measurements_lamost;
