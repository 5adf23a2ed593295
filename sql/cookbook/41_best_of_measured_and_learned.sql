-- The best value that there is of each star, measured or learned, and which it is.
-- topic: Learned values
select
    teff_kind,
    fe_h_kind,
    count(*) as n,
    median(teff_err) as teff_err,
    median(fe_h_err) as fe_h_err
from main.best_parameters
group by teff_kind, fe_h_kind
order by n desc, teff_kind, fe_h_kind;
