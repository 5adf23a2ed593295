-- ks_extinction(survey, a_ks, h_mag, w2_mag, ebv): the A_Ks (mag) to deredden by: the survey's
-- own, else that of RJCE from H - W2, else that of E(B-V). Below zero, as half of the values of
-- nearby stars are by noise, it counts as 0; where nothing is known it is NULL, not 0.
-- ks_per_ebv(survey): A_Ks / E(B-V) of the survey's E(B-V): 0.302 for the maps of Schlegel,
-- Finkbeiner & Davis, which run high (Yuan et al. 2013), as APOGEE's SFD_EBV and GALAH's ebv
-- are; 0.36 for a true E(B-V).
create or replace macro ks_per_ebv(survey) as
    case when survey in ('apogee', 'galah', 'galah_dr4') then 0.302 else a_ks_per_ebv() end;

create or replace macro ks_extinction(survey, a_ks, h_mag, w2_mag, ebv) as
    case
        when coalesce(a_ks, rjce_extinction(h_mag, w2_mag), ebv) is not null
            then greatest(
                coalesce(
                    a_ks, rjce_extinction(h_mag, w2_mag), ks_per_ebv(survey) * ebv
                )::double,
                0
            )
    end;
