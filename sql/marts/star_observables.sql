-- One row per star: its photometry and what each survey's clean spectra say of it.
-- Photometry as in main.star_photometry; apogee_, galah_ and lamost_ columns are those of the
-- row that stands for the star in that survey, NULL where there is none or it is not clean.
-- Learning tasks take their features from here: none may take those of the survey that its
-- label comes from.
-- key: star_id
create or replace view main.star_observables as
with
clean as (
    select *
    from main.measurements
    where is_best and is_clean and star_id is not null
),

apogee as (
    select * from clean where survey = 'apogee'
),

galah as (
    select * from clean where survey = 'galah'
),

lamost as (
    select * from clean where survey = 'lamost'
)

select
    stars.star_id,
    healpix_group(stars.healpix) as healpix_group,
    photometry.* exclude (star_id, survey, source_id, g_mag_survey, parallax_survey),
    apogee.teff as apogee_teff,
    apogee.logg as apogee_logg,
    apogee.fe_h as apogee_fe_h,
    apogee.alpha_fe as apogee_alpha_fe,
    apogee.c_n as apogee_c_n,
    apogee.snr as apogee_snr,
    apogee.radial_velocity_scatter,
    apogee.vsini,
    galah.teff as galah_teff,
    galah.irfm_teff as galah_irfm_teff,
    galah.logg as galah_logg,
    galah.fe_h as galah_fe_h,
    galah.alpha_fe as galah_alpha_fe,
    galah.c_fe as galah_c_fe,
    galah.snr as galah_snr,
    galah.vbroad,
    lamost.teff as lamost_teff,
    lamost.logg as lamost_logg,
    lamost.fe_h as lamost_fe_h,
    lamost.alpha_fe as lamost_alpha_fe,
    lamost.snr as lamost_snr,
    lamost.subclass as lamost_subclass,
    lamost.ps_g_mag - lamost.ps_r_mag as ps_g_r,
    lamost.ps_r_mag - lamost.ps_i_mag as ps_r_i,
    lamost.ps_i_mag - lamost.ps_z_mag as ps_i_z,
    lamost.ps_z_mag - lamost.ps_y_mag as ps_z_y,
    lamost.g_mag - lamost.ps_i_mag as g_ps_i
from main.stars as stars
left join main.star_photometry as photometry
    on stars.star_id = photometry.star_id
left join apogee
    on stars.star_id = apogee.star_id
left join galah
    on stars.star_id = galah.star_id
left join lamost
    on stars.star_id = lamost.star_id;
