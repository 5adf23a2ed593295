-- A star by its Gaia DR3 id, with its parameters on one scale. Put your own id in place of the
-- inner query.
-- topic: One star
select
    star_id,
    teff,
    teff_err,
    logg,
    logg_err,
    fe_h,
    fe_h_err,
    teff_sources
from main.parameters
where gaia_dr3_source_id = (select min(gaia_dr3_source_id) from main.parameters);
