-- Difference left − right of a quantity of clean stars that two surveys share,
-- against a quantity of the left survey.
select
    case $against
        when 'teff' then l.teff
        when 'fe_h' then l.fe_h
        when 'logg' then l.logg
    end as x,
    case $quantity
        when 'teff' then l.teff - r.teff
        when 'logg' then l.logg - r.logg
        when 'fe_h' then l.fe_h - r.fe_h
        when 'alpha_fe' then l.alpha_fe - r.alpha_fe
        when 'radial_velocity' then l.radial_velocity - r.radial_velocity
    end as y,
    null::double as z
from main.measurements as l
inner join main.measurements as r on l.star_id = r.star_id
where
    l.survey = $left and r.survey = $right
    and l.is_best and r.is_best and l.is_clean and r.is_clean
