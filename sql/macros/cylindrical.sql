-- cylindrical_r(x, y), cylindrical_phi(x, y), cylindrical_v_r(x, y, v_x, v_y),
-- cylindrical_v_phi(x, y, v_x, v_y): cylindrical coordinates of a place (kpc) and velocity (km/s)
-- of galactocentric_x and galactocentric_v_x, with z and v_z as they are.
-- Signs: phi is 0 towards the Sun and grows in the direction of rotation, in degrees, -180..180;
-- v_r is positive outwards, v_phi in the direction of rotation (of the Sun +245). So
-- x = -r cos phi, y = r sin phi: the triad r, phi, z is left-handed, as in galpy, and
-- v_phi has the other sign than astropy's cylindrical representation of the same frame.
-- angular_momentum_z(x, y, v_x, v_y): r v_phi, in kpc km/s, positive in the direction of rotation.
-- phi, v_r and v_phi are NULL on the axis itself.
-- length_of(a, b, c, d): root of the sum of their squares, NULL where one of them is.
--     select cylindrical_v_phi(x, y, v_x, v_y) from main.kinematics;
create or replace macro cylindrical_r(x, y) as sqrt(x * x + y * y);

create or replace macro cylindrical_phi(x, y) as
    case when x <> 0 or y <> 0 then degrees(atan2(y, -x)) end;

create or replace macro cylindrical_v_r(x, y, v_x, v_y) as
    (x * v_x + y * v_y) / nullif(cylindrical_r(x, y), 0);

create or replace macro angular_momentum_z(x, y, v_x, v_y) as y * v_x - x * v_y;

create or replace macro cylindrical_v_phi(x, y, v_x, v_y) as
    angular_momentum_z(x, y, v_x, v_y) / nullif(cylindrical_r(x, y), 0);

create or replace macro length_of(a, b, c, d) as sqrt(a * a + b * b + c * c + d * d);
