-- A golden sample: small errors, in range, no survey that disagrees, no conflict of ids. How many
-- stars each condition leaves.
-- topic: Samples
select
    count(*) as n_stars,
    count(*) filter (where teff_err < 100 and fe_h_err < 0.1) as n_precise,
    count(*) filter (
        where teff_err < 100 and fe_h_err < 0.1 and teff_in_range and fe_h_in_range
    ) as n_in_range,
    count(*) filter (
        where teff_err < 100 and fe_h_err < 0.1 and teff_in_range and fe_h_in_range
        and len(disagreeing) = 0
    ) as n_golden
from main.parameters;
