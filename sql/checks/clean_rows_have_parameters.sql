-- Every clean row has a position, and of the surveys an effective temperature, a gravity and a
-- metallicity; a catalogue of the user's own may lack some of them.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id
from staging.all_surveys
where
    is_clean
    and (
        ra is null
        or dec is null
        or (survey_rank(survey) < 5 and (teff is null or logg is null or fe_h is null))
    );
