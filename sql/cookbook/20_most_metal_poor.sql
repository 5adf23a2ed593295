-- The ten most metal-poor stars within the range of the scale, and who saw them.
-- topic: Samples
select
    star_id,
    fe_h,
    fe_h_err,
    fe_h_sources,
    teff,
    logg
from main.parameters
where fe_h_in_range
order by fe_h, star_id
limit 10;
