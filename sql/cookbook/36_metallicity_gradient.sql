-- The metallicity of the thin disc along the distance from the Galactic centre, within 0.5 kpc of
-- the plane.
-- topic: Kinematics
select
    floor(k.r) as r_from,
    count(*) as n,
    median(p.fe_h) as median_fe_h
from main.kinematics as k
inner join main.parameters as p on k.star_id = p.star_id
where abs(k.z) < 0.5 and p.fe_h is not null and k.r is not null
group by r_from
having count(*) >= 30
order by r_from;
