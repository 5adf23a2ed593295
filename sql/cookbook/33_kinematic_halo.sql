-- The kinematic halo: more than 180 km/s away from the rotation of the Sun's place, of stars with
-- good velocities.
-- topic: Kinematics
select
    star_id,
    r,
    z,
    v_r,
    v_phi,
    v_z,
    sqrt(v_r ^ 2 + (v_phi - 229) ^ 2 + v_z ^ 2) as v_peculiar
from main.kinematics
where sqrt(v_r ^ 2 + (v_phi - 229) ^ 2 + v_z ^ 2) > 180 and v_tot_err < 50
order by v_peculiar desc, star_id
limit 10;
