-- Differences left − right of the clean stars that two surveys share.
select
    l.teff,
    l.fe_h,
    l.teff - r.teff as d_teff,
    l.logg - r.logg as d_logg,
    l.fe_h - r.fe_h as d_fe_h,
    l.alpha_fe - r.alpha_fe as d_alpha_fe,
    l.radial_velocity - r.radial_velocity as d_radial_velocity
from report_rows as l
inner join report_rows as r on l.star_id = r.star_id
where
    l.survey = $left and r.survey = $right
    and l.is_best and r.is_best and l.is_clean and r.is_clean
