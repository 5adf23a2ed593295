-- How many stars lie in each unit of each quantity.
with listed as (
    select
        'teff' as quantity,
        unit_of(teff, $teff_num, $teff_den) as unit
    from cube_parameters
    where teff between 0 and 1e6
    union all
    select
        'logg' as quantity,
        unit_of(logg, $logg_num, $logg_den) as unit
    from cube_parameters
    where logg between -100 and 100
    union all
    select
        'fe_h' as quantity,
        unit_of(fe_h, $fe_h_num, $fe_h_den) as unit
    from cube_parameters
    where fe_h between -100 and 100
    union all
    select
        'alpha_fe' as quantity,
        unit_of(alpha_fe, $alpha_fe_num, $alpha_fe_den) as unit
    from cube_parameters
    where alpha_fe between -100 and 100
)

select
    quantity,
    unit,
    count(*) as n
from listed
group by quantity, unit
order by quantity, unit
