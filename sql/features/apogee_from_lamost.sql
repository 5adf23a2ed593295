-- One row per star with a clean LAMOST row: APOGEE's parameters from LAMOST's own.
-- Label transfer: puts LAMOST's stars on APOGEE's scale. Teff comes out to 80 K (71 K for
-- S/N above 50; simulated): LAMOST's own errs by 120 K at S/N 50, and its row has no
-- extinction that would let the colours say more. With an extract of Gaia (raw.gaia) it comes
-- out to 72 K (64 K for S/N above 50; simulated), and log g to 0.09 dex instead of 0.14.
-- Labels: label_teff, label_logg, label_fe_h, label_alpha_fe (with _err), of the best
-- APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group: those of the LAMOST row, Pan-STARRS colours included, and of Gaia's own row,
-- NULL where no extract of Gaia with the star was ingested.
-- same: teff = teff, logg = logg, fe_h = fe_h, alpha_fe = alpha_fe
-- key: star_id
create or replace view features.apogee_from_lamost as
with
labels as (
    select *
    from main.measurements
    where survey = 'apogee' and is_best and is_clean
),

lamost as (
    select *
    from main.measurements
    where survey = 'lamost' and is_best and is_clean
),

gaia as (
    select
        *,
        parallax - parallax_zero_point(
            survey, g := g_mag, bp_rp := bp_mag - rp_mag, ra := ra, "dec" := "dec"
        ) as parallax_corrected
    from main.measurements
    where survey = 'gaia' and is_best
)

select
    stars.star_id,
    lamost.teff,
    lamost.teff_err,
    lamost.logg,
    lamost.logg_err,
    lamost.fe_h,
    lamost.fe_h_err,
    lamost.alpha_fe,
    lamost.alpha_fe_err,
    lamost.snr,
    lamost.ps_g_mag - lamost.ps_r_mag as ps_g_r,
    lamost.ps_r_mag - lamost.ps_i_mag as ps_r_i,
    lamost.ps_i_mag - lamost.ps_z_mag as ps_i_z,
    lamost.ps_z_mag - lamost.ps_y_mag as ps_z_y,
    coalesce(gaia.g_mag, lamost.g_mag) - lamost.ps_i_mag as g_ps_i,
    gaia.bp_mag - gaia.rp_mag as bp_rp,
    gaia.g_mag - gaia.rp_mag as g_rp,
    gaia.bp_mag - lamost.ps_i_mag as bp_ps_i,
    gaia.parallax_corrected / gaia.parallax_err as parallax_over_error,
    gaia.parallax_corrected * pow(10, 0.2 * gaia.g_mag - 2) as abl_g,
    labels.teff as label_teff,
    labels.teff_err as label_teff_err,
    labels.logg as label_logg,
    labels.logg_err as label_logg_err,
    labels.fe_h as label_fe_h,
    labels.fe_h_err as label_fe_h_err,
    labels.alpha_fe as label_alpha_fe,
    labels.alpha_fe_err as label_alpha_fe_err,
    healpix_group(stars.healpix) as healpix_group
from main.stars as stars
inner join lamost
    on stars.lamost_source_id = lamost.source_id
left join gaia
    on stars.star_id = gaia.star_id
left join labels
    on stars.apogee_source_id = labels.source_id;
