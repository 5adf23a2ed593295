-- galactic_potential(r, z): the potential of the Milky Way (km2/s2, 0 at infinity) at cylindrical
-- r and z in kpc: a star's energy is half its squared velocity and this.
-- It is gala's MilkyWayPotential of 2017 (Price-Whelan 2017, JOSS 2, 388), all of it closed forms:
-- a Miyamoto-Nagai disc of 6.8e10 solar masses, a = 3 kpc, b = 0.28 kpc (after Bovy 2015, ApJS 216,
-- 29), a Hernquist bulge of 5e9 with a scale of 1 kpc, a Hernquist nucleus of 1.71e9 with
-- 0.07 kpc and an NFW halo whose scale mass is 5.4e11 within 15.62 kpc.
-- gm_sun(): G times the Sun's mass in kpc km2/s2: 1.3271244e20 m3/s2 (IAU 2015 resolution B3)
-- over the kpc. nfw_share(x): ln(1 + x) / x, all digits near 0, where it is 1.
create or replace macro gm_sun() as 4.300917270036279e-6;

create or replace macro nfw_share(x) as
    case when 1 + x > 1 then ln(1 + x) / ((1 + x) - 1) else 1e0 end;

create or replace macro galactic_potential(r, z) as
    -gm_sun() * (
        6.8e10 / sqrt(r * r + pow(3 + sqrt(z * z + pow(0.28e0, 2)), 2))
        + 5e9 / (1 + sqrt(r * r + z * z))
        + 1.71e9 / (0.07e0 + sqrt(r * r + z * z))
        + 5.4e11 / 15.62e0 * nfw_share(sqrt(r * r + z * z) / 15.62e0)
    );
