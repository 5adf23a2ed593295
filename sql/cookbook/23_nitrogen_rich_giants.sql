-- Giants with more nitrogen than others of their metallicity: more than three robust sigmas above
-- the median of their bin of [Fe/H].
-- topic: Samples
with giants as (
    select
        star_id,
        fe_h,
        n_fe,
        floor(fe_h / 0.25) as bin
    from main.parameters
    where logg < 3.5 and n_fe is not null and fe_h is not null
),

usual as (
    select
        bin,
        median(n_fe) as middle,
        1.4826 * mad(n_fe) as scatter,
        count(*) as n
    from giants
    group by bin
)

select
    giants.star_id,
    giants.fe_h,
    giants.n_fe,
    (giants.n_fe - usual.middle) / usual.scatter as sigmas
from giants
inner join usual using (bin)
where usual.n >= 20 and giants.n_fe > usual.middle + 3 * usual.scatter
order by sigmas desc, giants.star_id
limit 10;
