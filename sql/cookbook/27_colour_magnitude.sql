-- A colour-magnitude diagram without the dust: cells of 0.25 in (BP - RP) and 1 mag in M_G.
-- topic: Planes
select
    floor(bp_rp_0 / 0.25) * 0.25 as bp_rp_from,
    floor(abs_g) as abs_g_from,
    count(*) as n
from main.star_observables
where bp_rp_0 is not null and abs_g is not null and parallax_over_error > 10
group by bp_rp_from, abs_g_from
order by n desc, bp_rp_from, abs_g_from
limit 10;
