-- Metal-poor giants rich in alpha elements, with errors that hold.
-- topic: Samples
select
    star_id,
    teff,
    logg,
    fe_h,
    fe_h_err,
    alpha_fe,
    alpha_fe_err
from main.parameters
where
    logg < 3 and fe_h between -2 and -0.7 and alpha_fe > 0.2
    and fe_h_err < 0.1 and alpha_fe_err < 0.05
order by fe_h, star_id
limit 10;
