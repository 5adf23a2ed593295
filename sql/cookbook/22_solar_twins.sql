-- Solar twins: within 100 K, 0.1 in log g and 0.05 dex in [Fe/H] of the Sun (5772 K, 4.438, 0).
-- topic: Samples
select
    star_id,
    ra,
    "dec",
    teff,
    logg,
    fe_h,
    snr
from main.parameters
where
    abs(teff - 5772) < 100 and abs(logg - 4.438) < 0.1 and abs(fe_h) < 0.05
order by snr desc, star_id
limit 10;
