-- One row per row of a catalogue of the user's own whose columns were declared at its ingest.
-- Without a declared source_id a row is known by its number in the raw table ('row 7'), without
-- survey_star_id a star by its Gaia DR3 id, designation or row. NULL are the fillers of any
-- release (null_if_missing) and values that no star can have; S/N that is not positive, errors
-- without a value. Rejected: rows without position, without any value that surveys share, and
-- further rows of one id ('1234#2').
-- key: survey, source_id
create or replace view staging.own_catalogues as
with
known as (
    select
        * replace (
            null_beyond(teff, 2000, 60000) as teff,
            null_beyond(logg, -2, 9) as logg,
            null_beyond(fe_h, -6, 2) as fe_h,
            null_beyond(alpha_fe, -3, 3) as alpha_fe,
            abundance(c_fe, 0, 0) as c_fe,
            abundance(n_fe, 0, 0) as n_fe,
            abundance(o_fe, 0, 0) as o_fe,
            abundance(na_fe, 0, 0) as na_fe,
            abundance(mg_fe, 0, 0) as mg_fe,
            abundance(al_fe, 0, 0) as al_fe,
            abundance(si_fe, 0, 0) as si_fe,
            abundance(k_fe, 0, 0) as k_fe,
            abundance(ca_fe, 0, 0) as ca_fe,
            abundance(ti_fe, 0, 0) as ti_fe,
            abundance(v_fe, 0, 0) as v_fe,
            abundance(cr_fe, 0, 0) as cr_fe,
            abundance(mn_fe, 0, 0) as mn_fe,
            abundance(co_fe, 0, 0) as co_fe,
            abundance(ni_fe, 0, 0) as ni_fe,
            abundance(cu_fe, 0, 0) as cu_fe,
            abundance(ce_fe, 0, 0) as ce_fe,
            null_beyond(radial_velocity, -3000, 3000) as radial_velocity,
            null_beyond(parallax, -1000, 1000) as parallax,
            null_beyond(snr, 0.01, 1000000) as snr,
            null_if_missing(pmra) as pmra,
            null_if_missing(pmdec) as pmdec,
            null_beyond(j_mag, -10, 30) as j_mag,
            null_beyond(h_mag, -10, 30) as h_mag,
            null_beyond(ks_mag, -10, 30) as ks_mag,
            null_beyond(g_mag, -10, 30) as g_mag,
            null_beyond(bp_mag, -10, 30) as bp_mag,
            null_beyond(rp_mag, -10, 30) as rp_mag,
            null_beyond(ebv, -1, 200) as ebv,
            null_beyond(a_ks, -1, 20) as a_ks
        ),
        coalesce(nullif(trim(source_id), ''), 'row ' || raw_row) as row_id,
        gaia_id_of(gaia_dr3_source_id) as gaia_dr3_id,
        gaia_id_of(gaia_dr2_source_id) as gaia_dr2_id,
        coalesce(ra between -180 and 360 and "dec" between -90 and 90, false) as is_placed
    from staging.own_columns
),

judged as (
    select
        known.*,
        doubled.place,
        list_filter([
            case when not is_placed then 'position_missing' end,
            case
                when
                    coalesce(
                        teff, logg, fe_h, alpha_fe, c_fe, n_fe, o_fe, na_fe,
                        mg_fe, al_fe, si_fe, k_fe, ca_fe, ti_fe, v_fe, cr_fe,
                        mn_fe, co_fe, ni_fe, cu_fe, ce_fe, radial_velocity
                    ) is null
                    then 'values_missing'
            end,
            case when doubled.place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from known
    left join staging.doubled_rows as doubled
        on known.survey = doubled.survey and known.raw_row = doubled.raw_row
)

select
    survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(
        id_if_known(survey_star_id), gaia_dr3_id::varchar, id_if_known(designation), row_id
    ) as survey_star_id,
    designation,
    gaia_dr3_id as gaia_dr3_source_id,
    gaia_dr2_id as gaia_dr2_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then "dec" end as "dec",
    epoch,
    case when is_placed then healpix end as healpix,
    pmra,
    error_beside(pmra, pmra_err) as pmra_err,
    pmdec,
    error_beside(pmdec, pmdec_err) as pmdec_err,
    parallax,
    error_beside(parallax, parallax_err) as parallax_err,
    teff,
    error_beside(teff, teff_err) as teff_err,
    logg,
    error_beside(logg, logg_err) as logg_err,
    fe_h,
    error_beside(fe_h, fe_h_err) as fe_h_err,
    alpha_fe,
    error_beside(alpha_fe, alpha_fe_err) as alpha_fe_err,
    c_fe,
    error_beside(c_fe, c_fe_err) as c_fe_err,
    n_fe,
    error_beside(n_fe, n_fe_err) as n_fe_err,
    o_fe,
    error_beside(o_fe, o_fe_err) as o_fe_err,
    na_fe,
    error_beside(na_fe, na_fe_err) as na_fe_err,
    mg_fe,
    error_beside(mg_fe, mg_fe_err) as mg_fe_err,
    al_fe,
    error_beside(al_fe, al_fe_err) as al_fe_err,
    si_fe,
    error_beside(si_fe, si_fe_err) as si_fe_err,
    k_fe,
    error_beside(k_fe, k_fe_err) as k_fe_err,
    ca_fe,
    error_beside(ca_fe, ca_fe_err) as ca_fe_err,
    ti_fe,
    error_beside(ti_fe, ti_fe_err) as ti_fe_err,
    v_fe,
    error_beside(v_fe, v_fe_err) as v_fe_err,
    cr_fe,
    error_beside(cr_fe, cr_fe_err) as cr_fe_err,
    mn_fe,
    error_beside(mn_fe, mn_fe_err) as mn_fe_err,
    co_fe,
    error_beside(co_fe, co_fe_err) as co_fe_err,
    ni_fe,
    error_beside(ni_fe, ni_fe_err) as ni_fe_err,
    cu_fe,
    error_beside(cu_fe, cu_fe_err) as cu_fe_err,
    ce_fe,
    error_beside(ce_fe, ce_fe_err) as ce_fe_err,
    radial_velocity,
    error_beside(radial_velocity, radial_velocity_err) as radial_velocity_err,
    snr,
    j_mag,
    error_beside(j_mag, j_mag_err) as j_mag_err,
    h_mag,
    error_beside(h_mag, h_mag_err) as h_mag_err,
    ks_mag,
    error_beside(ks_mag, ks_mag_err) as ks_mag_err,
    g_mag,
    bp_mag,
    rp_mag,
    ebv,
    a_ks,
    []::varchar[] as quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean
from judged;
