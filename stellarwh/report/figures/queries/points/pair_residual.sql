-- Difference left − right of a quantity against Teff or [Fe/H] of the left survey.
select
    case $against
        when 'teff' then teff
        when 'fe_h' then fe_h
    end as x,
    case $quantity
        when 'teff' then d_teff
        when 'logg' then d_logg
        when 'fe_h' then d_fe_h
        when 'alpha_fe' then d_alpha_fe
        when 'radial_velocity' then d_radial_velocity
    end as y,
    null::double as z
from pair_rows
