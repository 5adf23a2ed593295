-- One row per catalogue row with photometry: its magnitudes and parallax, dereddened colours,
-- reddening-free indices, and luminosity from parallax.
-- Extinction: the row's A_Ks, else that of RJCE from H - W2, else 0.36 E(B-V); A_J = 2.5,
-- A_H = 1.55, E(B-V) = 1 / 0.36 in units of A_Ks; R_G, R_BP, R_RP = 2.740, 3.374, 2.035.
-- Indices named q_ do not change with reddening. abl_ks is the astrometry-based luminosity
-- 10^(0.2 M_Ks), defined for any parallax. All that rests on parallax takes it less the zero
-- point of its Gaia release.
-- key: survey, source_id
create or replace view main.row_photometry as
with
counted as (
    select
        measurements.*,
        rjce_extinction(measurements.h_mag, measurements.w2_mag) as a_ks_rjce,
        coalesce(measurements.a_ks, a_ks_rjce, 0.36 * measurements.ebv, 0) as a,
        measurements.parallax - parallax_zero_point(measurements.survey) as parallax_corrected,
        list_count([
            measurements.j_mag, measurements.h_mag, measurements.ks_mag,
            measurements.g_mag, measurements.bp_mag, measurements.rp_mag,
            measurements.parallax, measurements.pmra
        ]) as n_values
    from main.measurements as measurements
)

select
    survey,
    source_id,
    star_id,
    is_best,
    n_values,
    j_mag,
    h_mag,
    ks_mag,
    g_mag,
    bp_mag,
    rp_mag,
    parallax,
    parallax_err,
    parallax_corrected,
    ebv,
    a_ks,
    a_ks_rjce,
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
    parallax_corrected / parallax_err as parallax_over_error,
    case
        when parallax_corrected > 0 then ks_mag - a + 5 * log10(parallax_corrected) - 10
    end as abs_ks,
    case
        when parallax_corrected > 0 then sqrt(
            pow(5 / ln(10) * parallax_err / parallax_corrected, 2)
            + pow(coalesce(ks_mag_err, 0), 2)
        )
    end as abs_ks_err,
    case
        when parallax_corrected > 0
            then g_mag - 2.740 / 0.36 * a + 5 * log10(parallax_corrected) - 10
    end as abs_g,
    parallax_corrected * pow(10, 0.2 * (ks_mag - a) - 2) as abl_ks,
    case
        when pmra <> 0 or pmdec <> 0
            then ks_mag - a + 5 * log10(sqrt(pmra * pmra + pmdec * pmdec)) - 10
    end as rpm_ks
from counted
where n_values > 0;
