-- One row per star with photometry: its magnitudes and parallax, dereddened colours,
-- reddening-free indices, and luminosity from parallax.
-- Taken from the catalogue row of the star with the most of them. Extinction: the row's
-- A_Ks, else 0.36 E(B-V); A_J = 2.5, A_H = 1.55, E(B-V) = 1 / 0.36 in units of A_Ks;
-- R_G, R_BP, R_RP = 2.740, 3.374, 2.035. Indices named q_ do not change with reddening.
-- abl_ks is the astrometry-based luminosity 10^(0.2 M_Ks), defined for any parallax.
-- key: star_id
create or replace view main.star_photometry as
with
counted as (
    select
        measurements.*,
        coalesce(measurements.a_ks, 0.36 * measurements.ebv, 0) as a,
        list_count([
            measurements.j_mag, measurements.h_mag, measurements.ks_mag,
            measurements.g_mag, measurements.bp_mag, measurements.rp_mag,
            measurements.parallax, measurements.pmra
        ]) as n_values
    from main.measurements as measurements
    where measurements.is_best
),

chosen as (
    select *
    from counted
    where n_values > 0
    qualify
        row_number() over (
            partition by star_id
            order by n_values desc, parallax_err asc nulls last, survey, source_id
        ) = 1
)

select
    star_id,
    survey,
    j_mag,
    h_mag,
    ks_mag,
    g_mag,
    bp_mag,
    rp_mag,
    parallax,
    parallax_err,
    ebv,
    a_ks,
    j_mag - h_mag - 0.95 * a as j_h_0,
    h_mag - ks_mag - 0.55 * a as h_ks_0,
    j_mag - ks_mag - 1.5 * a as j_ks_0,
    bp_mag - rp_mag - (3.374 - 2.035) / 0.36 * a as bp_rp_0,
    g_mag - rp_mag - (2.740 - 2.035) / 0.36 * a as g_rp_0,
    g_mag - ks_mag - (2.740 / 0.36 - 1) * a as g_ks_0,
    bp_mag - ks_mag - (3.374 / 0.36 - 1) * a as bp_ks_0,
    j_mag - h_mag - 0.95 / 0.55 * (h_mag - ks_mag) as q_j_h_ks,
    bp_mag - rp_mag - (3.374 - 2.035) / 0.36 / 1.5 * (j_mag - ks_mag) as q_bp_rp_j_ks,
    g_mag - ks_mag - (2.740 / 0.36 - 1) / 1.5 * (j_mag - ks_mag) as q_g_ks_j_ks,
    parallax / parallax_err as parallax_over_error,
    case
        when parallax > 0 then ks_mag - a + 5 * log10(parallax) - 10
    end as abs_ks,
    case
        when parallax > 0 then 5 / ln(10) * parallax_err / parallax
    end as abs_ks_err,
    case
        when parallax > 0 then g_mag - 2.740 / 0.36 * a + 5 * log10(parallax) - 10
    end as abs_g,
    parallax * pow(10, 0.2 * (ks_mag - a) - 2) as abl_ks,
    case
        when pmra <> 0 or pmdec <> 0
            then ks_mag - a + 5 * log10(sqrt(pmra * pmra + pmdec * pmdec)) - 10
    end as rpm_ks
from chosen;
