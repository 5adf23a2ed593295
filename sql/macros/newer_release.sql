-- newer_release(survey): the survey name under which a newer release of the same spectra stands
-- here; NULL where there is none. A star that has both was not seen twice: the newer one counts.
create or replace macro newer_release(survey) as case survey when 'galah' then 'galah_dr4' end;
