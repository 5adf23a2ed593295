-- One row per APOGEE catalogue row, clean or not, with the star it belongs to, clustered by
-- star_id: what main.measurements shows of APOGEE. Numbers that the release gives in single
-- precision are stored so.
-- key: source_id
-- stored: table of apogee
create or replace table main.measurements_apogee as
select
    identities.star_id,
    staged.* replace (
        coalesce(separated.survey_star_id, staged.survey_star_id) as survey_star_id,
        pmra::float as pmra,
        pmra_err::float as pmra_err,
        pmdec::float as pmdec,
        pmdec_err::float as pmdec_err,
        parallax::float as parallax,
        parallax_err::float as parallax_err,
        teff::float as teff,
        teff_err::float as teff_err,
        logg::float as logg,
        logg_err::float as logg_err,
        fe_h::float as fe_h,
        fe_h_err::float as fe_h_err,
        alpha_fe::float as alpha_fe,
        alpha_fe_err::float as alpha_fe_err,
        c_fe::float as c_fe,
        c_fe_err::float as c_fe_err,
        n_fe::float as n_fe,
        n_fe_err::float as n_fe_err,
        o_fe::float as o_fe,
        o_fe_err::float as o_fe_err,
        na_fe::float as na_fe,
        na_fe_err::float as na_fe_err,
        mg_fe::float as mg_fe,
        mg_fe_err::float as mg_fe_err,
        al_fe::float as al_fe,
        al_fe_err::float as al_fe_err,
        si_fe::float as si_fe,
        si_fe_err::float as si_fe_err,
        k_fe::float as k_fe,
        k_fe_err::float as k_fe_err,
        ca_fe::float as ca_fe,
        ca_fe_err::float as ca_fe_err,
        ti_fe::float as ti_fe,
        ti_fe_err::float as ti_fe_err,
        v_fe::float as v_fe,
        v_fe_err::float as v_fe_err,
        cr_fe::float as cr_fe,
        cr_fe_err::float as cr_fe_err,
        mn_fe::float as mn_fe,
        mn_fe_err::float as mn_fe_err,
        co_fe::float as co_fe,
        co_fe_err::float as co_fe_err,
        ni_fe::float as ni_fe,
        ni_fe_err::float as ni_fe_err,
        cu_fe::float as cu_fe,
        cu_fe_err::float as cu_fe_err,
        ce_fe::float as ce_fe,
        ce_fe_err::float as ce_fe_err,
        radial_velocity::float as radial_velocity,
        radial_velocity_err::float as radial_velocity_err,
        radial_velocity_scatter::float as radial_velocity_scatter,
        snr::float as snr,
        j_mag::float as j_mag,
        j_mag_err::float as j_mag_err,
        h_mag::float as h_mag,
        h_mag_err::float as h_mag_err,
        ks_mag::float as ks_mag,
        ks_mag_err::float as ks_mag_err,
        g_mag::float as g_mag,
        bp_mag::float as bp_mag,
        rp_mag::float as rp_mag,
        ebv::float as ebv,
        a_ks::float as a_ks,
        m_h::float as m_h,
        m_h_err::float as m_h_err,
        vsini::float as vsini,
        distance::float as distance,
        distance_lo::float as distance_lo,
        distance_hi::float as distance_hi
    ),
    (staged.c_fe - staged.n_fe)::float as c_n,
    sqrt(pow(staged.c_fe_err, 2) + pow(staged.n_fe_err, 2))::float as c_n_err,
    (staged.mg_fe - staged.mn_fe)::float as mg_mn,
    sqrt(pow(staged.mg_fe_err, 2) + pow(staged.mn_fe_err, 2))::float as mg_mn_err,
    coalesce(staged.source_id = identities.source_id, false) as is_best
from staging.apogee as staged
left join matching.separated_rows as separated
    on separated.survey = 'apogee' and staged.source_id = separated.source_id
left join matching.star_identities as identities
    on
        identities.survey = 'apogee'
        and coalesce(separated.survey_star_id, staged.survey_star_id)
        = identities.survey_star_id
order by identities.star_id;
