-- One row per catalogue row with photometry: its magnitudes and parallax, colours as observed
-- and dereddened, indices that hardly change with reddening, and luminosity from parallax.
-- Dereddened by extinction_ks (macro ks_extinction), NULL where that is not known: A_J = 2.5,
-- A_H = 1.55, E(B-V) = 1 / 0.36 in units of A_Ks; Gaia's bands by the colour of the star
-- (macro gaia_r_g). In indices named q_ reddening cancels, nearly: q_j_h_ks by the
-- ratio above, those with Gaia's bands by that of the star's dereddened colour. They change by
-- less than 0.04 mag per mag of E(B-V) where the extinction is right; where it is wrong by 30 %,
-- q_bp_rp_j_ks by 0.18 and q_g_ks_j_ks by 0.27 (BP-RP dereddened by 0.4, G-Ks by 1.9). abl_ks is
-- 10^(0.2 M_Ks), defined for any parallax. All that rests on parallax takes it less its zero
-- point (parallax_zero_point). Where Gaia has the star (raw.gaia, once an extract is ingested),
-- its G, BP and RP stand in the place of the row's own, and so do its parallax and proper motion:
-- g_mag_survey and parallax_survey name the survey whose row they are from.
-- key: survey, source_id
create or replace view main.row_photometry as
with
gaia as (
    select *
    from main.measurements
    where survey = 'gaia' and is_best and star_id is not null
),

filled as (
    select
        measurements.* replace (
            -- All of one release, or a colour would be of none.
            case when gaia.g_mag is not null then gaia.g_mag else measurements.g_mag end as g_mag,
            case when gaia.g_mag is not null then gaia.bp_mag else measurements.bp_mag end
                as bp_mag,
            case when gaia.g_mag is not null then gaia.rp_mag else measurements.rp_mag end
                as rp_mag,
            case when gaia.g_mag is null then measurements.bp_rp end as bp_rp,
            case when gaia.parallax is not null then gaia.parallax else measurements.parallax end
                as parallax,
            case
                when gaia.parallax is not null then gaia.parallax_err
                else measurements.parallax_err
            end as parallax_err,
            case when gaia.pmra is not null then gaia.pmra else measurements.pmra end as pmra,
            case when gaia.pmra is not null then gaia.pmdec else measurements.pmdec end as pmdec
        ),
        case
            when gaia.g_mag is not null then 'gaia'
            when measurements.g_mag is not null then measurements.survey
        end as g_mag_survey,
        case
            when gaia.parallax is not null then 'gaia'
            when measurements.parallax is not null then measurements.survey
        end as parallax_survey
    from main.measurements as measurements
    left join gaia on measurements.star_id = gaia.star_id
),

counted as (
    select
        measurements.*,
        rjce_extinction(measurements.h_mag, measurements.w2_mag) as a_ks_rjce,
        ks_extinction(
            measurements.survey, measurements.a_ks, measurements.h_mag, measurements.w2_mag,
            measurements.ebv
        ) as a,
        coalesce(measurements.bp_mag - measurements.rp_mag, measurements.bp_rp) as colour,
        list_count([
            measurements.j_mag, measurements.h_mag, measurements.ks_mag,
            measurements.g_mag, measurements.bp_mag, measurements.rp_mag,
            measurements.parallax, measurements.pmra
        ]) as n_values
    from filled as measurements
),

corrected as (
    select
        *,
        intrinsic_bp_rp(colour, a) as colour_0,
        parallax - parallax_zero_point(
            parallax_survey, g := g_mag, bp_rp := colour, ra := ra, "dec" := "dec"
        ) as parallax_corrected
    from counted
    where n_values > 0
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
    g_mag_survey,
    parallax,
    parallax_err,
    parallax_corrected,
    parallax_survey,
    ebv,
    a_ks,
    a_ks_rjce,
    a as extinction_ks,
    j_mag - h_mag as j_h,
    h_mag - ks_mag as h_ks,
    j_mag - ks_mag as j_ks,
    colour as bp_rp,
    g_mag - ks_mag as g_ks,
    j_mag - h_mag - (a_j_per_ks() - a_h_per_ks()) * a as j_h_0,
    h_mag - ks_mag - (a_h_per_ks() - 1) * a as h_ks_0,
    j_mag - ks_mag - (a_j_per_ks() - 1) * a as j_ks_0,
    colour_0 as bp_rp_0,
    g_mag - rp_mag - (gaia_r_g(colour_0) - gaia_r_rp(colour_0)) / a_ks_per_ebv() * a as g_rp_0,
    g_mag - ks_mag - (gaia_r_g(colour_0) / a_ks_per_ebv() - 1) * a as g_ks_0,
    bp_mag - ks_mag - (gaia_r_bp(colour_0) / a_ks_per_ebv() - 1) * a as bp_ks_0,
    j_mag - h_mag - (a_j_per_ks() - a_h_per_ks()) / (a_h_per_ks() - 1) * (h_mag - ks_mag)
        as q_j_h_ks,
    colour - (gaia_r_bp(colour_0) - gaia_r_rp(colour_0))
    / a_ks_per_ebv() / (a_j_per_ks() - 1) * (j_mag - ks_mag)
        as q_bp_rp_j_ks,
    g_mag - ks_mag - case
        when colour_0 is not null
            then (gaia_r_g(colour_0) / a_ks_per_ebv() - 1) / (a_j_per_ks() - 1) * (j_mag - ks_mag)
    end as q_g_ks_j_ks,
    parallax_corrected / parallax_err as parallax_over_error,
    case
        when parallax_corrected > 0 then ks_mag - a + 5 * log10(parallax_corrected) - 10
    end as abs_ks,
    case
        when parallax_corrected > 0 and a is not null then sqrt(
            pow(5 / ln(10) * parallax_err / parallax_corrected, 2)
            + pow(coalesce(ks_mag_err, 0), 2)
        )
    end as abs_ks_err,
    case
        when parallax_corrected > 0
            then g_mag - gaia_r_g(colour_0) / a_ks_per_ebv() * a
                + 5 * log10(parallax_corrected) - 10
    end as abs_g,
    parallax_corrected * pow(10, 0.2 * (ks_mag - a) - 2) as abl_ks,
    case
        when pmra <> 0 or pmdec <> 0
            then ks_mag - a + 5 * log10(sqrt(pmra * pmra + pmdec * pmdec)) - 10
    end as rpm_ks
from corrected;
