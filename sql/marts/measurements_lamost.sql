-- One row per LAMOST catalogue row, clean or not, with the star it belongs to, clustered by
-- star_id: what main.measurements shows of LAMOST. Numbers that the release gives in single
-- precision are stored so, what it has not is left out.
-- key: source_id
-- stored: table of lamost
create or replace table main.measurements_lamost ( -- noqa: PRS
    -- How texts are stored is said: to try out all ways takes DuckDB twice as long.
    star_id bigint,
    survey varchar using compression dictionary,
    source_id varchar using compression fsst,
    survey_star_id varchar using compression fsst,
    designation varchar using compression fsst,
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
    staged.* exclude (
        gaia_dr3_source_id,
        pmra,
        pmra_err,
        pmdec,
        pmdec_err,
        parallax,
        parallax_err,
        c_fe,
        c_fe_err,
        n_fe,
        n_fe_err,
        o_fe,
        o_fe_err,
        na_fe,
        na_fe_err,
        mg_fe,
        mg_fe_err,
        al_fe,
        al_fe_err,
        si_fe,
        si_fe_err,
        k_fe,
        k_fe_err,
        ca_fe,
        ca_fe_err,
        ti_fe,
        ti_fe_err,
        v_fe,
        v_fe_err,
        cr_fe,
        cr_fe_err,
        mn_fe,
        mn_fe_err,
        co_fe,
        co_fe_err,
        ni_fe,
        ni_fe_err,
        cu_fe,
        cu_fe_err,
        ce_fe,
        ce_fe_err,
        radial_velocity_scatter,
        n_visits,
        j_mag,
        j_mag_err,
        h_mag,
        h_mag_err,
        ks_mag,
        ks_mag_err,
        bp_mag,
        rp_mag,
        ebv,
        a_ks
    ) replace (
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
