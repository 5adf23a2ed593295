-- gaia_r_g(colour), gaia_r_bp(colour), gaia_r_rp(colour): extinction in Gaia DR3's bands in
-- units of the true E(B-V) for a star of dereddened colour (BP - RP)0: Casagrande et al.
-- (2021), law of Cardelli and O'Donnell, which fits A_Ks = 0.36 E(B-V). Colours beyond -0.3 to
-- 2.5 count as the nearer end. gaia_r_g is 2.740 where the colour is NULL, the others are NULL.
-- intrinsic_bp_rp(bp_rp, a_ks): the dereddened colour, by the ratio at a first guess of it.
create or replace macro gaia_colour_in_range(colour) as
    case when colour is not null then greatest(least(colour::double, 2.5), -0.3)::double end;

create or replace macro gaia_r_g(colour) as
    coalesce(
        3.071 - 0.511 * gaia_colour_in_range(colour)
        + 0.058 * pow(gaia_colour_in_range(colour), 2),
        2.740::double
    );

create or replace macro gaia_r_bp(colour) as
    3.526 - 0.168 * gaia_colour_in_range(colour) - 0.170 * pow(gaia_colour_in_range(colour), 2)
    + 0.060 * pow(gaia_colour_in_range(colour), 3);

create or replace macro gaia_r_rp(colour) as
    2.062 - 0.072 * gaia_colour_in_range(colour);

create or replace macro intrinsic_bp_rp(bp_rp, a_ks) as
    bp_rp::double - (
        gaia_r_bp(bp_rp - 1.2 / a_ks_per_ebv() * a_ks)
        - gaia_r_rp(bp_rp - 1.2 / a_ks_per_ebv() * a_ks)
    ) / a_ks_per_ebv() * a_ks;
