-- One row per LAMOST catalogue row, clean or not, with the star it belongs to, clustered by
-- star_id: what main.measurements shows of LAMOST. Numbers that the release gives in single
-- precision are stored so.
-- key: source_id
-- stored: table of lamost
create or replace table main.measurements_lamost ( -- noqa: PRS
    -- How texts are stored is said: to try out all ways takes DuckDB twice as long.
    star_id bigint,
    survey varchar using compression dictionary,
    source_id varchar using compression fsst,
    survey_star_id varchar using compression fsst,
    designation varchar using compression fsst,
    gaia_dr3_source_id bigint,
    gaia_dr2_source_id bigint,
    ra double,
    "dec" double,
    epoch double,
    healpix bigint,
    teff float,
    teff_err float,
    logg float,
    logg_err float,
    fe_h float,
    fe_h_err float,
    alpha_fe float,
    alpha_fe_err float,
    radial_velocity float,
    radial_velocity_err float,
    snr float,
    g_mag double,
    subclass varchar using compression dictionary,
    quality_flags varchar[],
    rejection_reasons varchar[],
    is_clean boolean,
    object_class varchar using compression dictionary,
    observed_on varchar using compression dictionary,
    plan varchar using compression dictionary,
    redshift double,
    redshift_err double,
    snr_u float,
    snr_r float,
    snr_i float,
    snr_z float,
    ps_g_mag double,
    ps_r_mag double,
    ps_i_mag double,
    ps_z_mag double,
    ps_y_mag double,
    is_best boolean
);

-- Numbers are made single before all is sorted.
insert into main.measurements_lamost by name
select
    identities.star_id,
    staged.* replace (
        coalesce(separated.survey_star_id, staged.survey_star_id) as survey_star_id,
        teff::float as teff,
        teff_err::float as teff_err,
        logg::float as logg,
        logg_err::float as logg_err,
        fe_h::float as fe_h,
        fe_h_err::float as fe_h_err,
        alpha_fe::float as alpha_fe,
        alpha_fe_err::float as alpha_fe_err,
        radial_velocity::float as radial_velocity,
        radial_velocity_err::float as radial_velocity_err,
        snr::float as snr,
        snr_u::float as snr_u,
        snr_r::float as snr_r,
        snr_i::float as snr_i,
        snr_z::float as snr_z
    ),
    coalesce(staged.source_id = identities.source_id, false) as is_best
from staging.lamost as staged
left join matching.separated_rows as separated
    on separated.survey = 'lamost' and staged.source_id = separated.source_id
left join matching.star_identities as identities
    on
        identities.survey = 'lamost'
        and coalesce(separated.survey_star_id, staged.survey_star_id)
        = identities.survey_star_id
order by identities.star_id;
