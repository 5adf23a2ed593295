-- One row per catalogue row of any survey: the columns all of them have, then each one's own.
-- A new survey is one more line here.
-- key: survey, source_id
create or replace view staging.all_surveys as
select * from staging.apogee
union all by name
select * from staging.galah
union all by name
select * from staging.galah_dr4
union all by name
select * from staging.lamost;
