-- One row per catalogue row of any survey: every column that one of them has, by name; NULL in
-- the rows of a survey that has it not. A new survey is one more line here.
-- key: survey, source_id
create or replace view staging.all_surveys as
select * from staging.apogee
union all by name
select * from staging.galah
union all by name
select * from staging.galah_dr4
union all by name
select * from staging.lamost
union all by name
select * from staging.mwm
union all by name
select * from staging.desi
union all by name
select * from staging.gaia_eso
union all by name
select * from staging.rave
union all by name
select * from staging.gaia
union all by name
select * from staging.own_catalogues;
