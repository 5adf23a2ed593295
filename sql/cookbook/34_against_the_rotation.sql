-- Stars that go against the Galaxy's rotation. Distances are in pc, places in kpc, velocities in
-- km/s; frame, potential and signs stand in the comment of main.kinematics.
-- topic: Kinematics
select
    star_id,
    distance,
    distance_source,
    r,
    z,
    v_r,
    v_phi,
    v_phi_err,
    l_z,
    energy
from main.kinematics
where v_phi < -2 * v_phi_err
order by v_phi, star_id
limit 5;
