-- One row per GALAH DR4 catalogue row (a star of allstar, a spectrum of allspec).
-- Positions are Gaia DR3's at epoch 2016.0; snr is that of the red CCD (snr_px_ccd3),
-- radial_velocity that of the primary (rv_comp_1), vbroad what DR4 calls vsini. DR4 has no
-- [alpha/Fe]; its flag_fe_h is not read, as the survey says not to use it.
-- Rejected, as the survey recommends: any bit of flag_sp, S/N not above 30; also rows without
-- flag_sp, Teff, log g, [Fe/H] or position, and further rows of one id ('1234#2'). Any bit of
-- flag_X_fe makes that abundance NULL. A star of DR3, too, has rows in both, as in two surveys.
-- key: survey, source_id
create or replace view staging.galah_dr4 as
with
judged as (
    select
        galah_dr4.*,
        coalesce(sobject_id::varchar, 'row ' || galah_dr4.rowid) as row_id,
        doubled.place,
        (-1)::bigint as any_bit,
        coalesce(ra between -180 and 360 and "dec" between -90 and 90, false) as is_placed,
        flag_labels('galah_dr4', 'flag_sp', flag_sp) as quality_flags,
        flag_labels('galah_dr4', 'flag_sp', flag_sp)
        || list_filter([
            case when flag_sp is null then 'flag_sp_missing' end,
            case when null_if_missing(snr_px_ccd3) <= 30 then 'snr_low' end,
            case when null_if_missing(snr_px_ccd3) is null then 'snr_missing' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when abundance(fe_h, 0, 0) is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.galah_dr4 as galah_dr4
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'galah_dr4' and galah_dr4.rowid = doubled.raw_row
)

select
    'galah_dr4' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(
        case when gaiadr3_source_id > 0 then gaiadr3_source_id::varchar end,
        id_if_known(tmass_id), row_id
    ) as survey_star_id,
    tmass_id as designation,
    case when gaiadr3_source_id > 0 then gaiadr3_source_id end as gaia_dr3_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then "dec" end as "dec",
    2016.0::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(parallax) as parallax,
    null_if_missing_error(parallax_error) as parallax_err,
    null_if_missing(teff) as teff,
    null_if_missing_error(e_teff) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(e_logg) as logg_err,
    abundance(fe_h, 0, 0) as fe_h,
    abundance_err(e_fe_h, fe_h, 0, 0) as fe_h_err,
    abundance(c_fe, flag_c_fe, any_bit) as c_fe,
    abundance_err(e_c_fe, c_fe, flag_c_fe, any_bit) as c_fe_err,
    abundance(n_fe, flag_n_fe, any_bit) as n_fe,
    abundance_err(e_n_fe, n_fe, flag_n_fe, any_bit) as n_fe_err,
    abundance(o_fe, flag_o_fe, any_bit) as o_fe,
    abundance_err(e_o_fe, o_fe, flag_o_fe, any_bit) as o_fe_err,
    abundance(na_fe, flag_na_fe, any_bit) as na_fe,
    abundance_err(e_na_fe, na_fe, flag_na_fe, any_bit) as na_fe_err,
    abundance(mg_fe, flag_mg_fe, any_bit) as mg_fe,
    abundance_err(e_mg_fe, mg_fe, flag_mg_fe, any_bit) as mg_fe_err,
    abundance(al_fe, flag_al_fe, any_bit) as al_fe,
    abundance_err(e_al_fe, al_fe, flag_al_fe, any_bit) as al_fe_err,
    abundance(si_fe, flag_si_fe, any_bit) as si_fe,
    abundance_err(e_si_fe, si_fe, flag_si_fe, any_bit) as si_fe_err,
    abundance(k_fe, flag_k_fe, any_bit) as k_fe,
    abundance_err(e_k_fe, k_fe, flag_k_fe, any_bit) as k_fe_err,
    abundance(ca_fe, flag_ca_fe, any_bit) as ca_fe,
    abundance_err(e_ca_fe, ca_fe, flag_ca_fe, any_bit) as ca_fe_err,
    abundance(ti_fe, flag_ti_fe, any_bit) as ti_fe,
    abundance_err(e_ti_fe, ti_fe, flag_ti_fe, any_bit) as ti_fe_err,
    abundance(v_fe, flag_v_fe, any_bit) as v_fe,
    abundance_err(e_v_fe, v_fe, flag_v_fe, any_bit) as v_fe_err,
    abundance(cr_fe, flag_cr_fe, any_bit) as cr_fe,
    abundance_err(e_cr_fe, cr_fe, flag_cr_fe, any_bit) as cr_fe_err,
    abundance(mn_fe, flag_mn_fe, any_bit) as mn_fe,
    abundance_err(e_mn_fe, mn_fe, flag_mn_fe, any_bit) as mn_fe_err,
    abundance(co_fe, flag_co_fe, any_bit) as co_fe,
    abundance_err(e_co_fe, co_fe, flag_co_fe, any_bit) as co_fe_err,
    abundance(ni_fe, flag_ni_fe, any_bit) as ni_fe,
    abundance_err(e_ni_fe, ni_fe, flag_ni_fe, any_bit) as ni_fe_err,
    abundance(cu_fe, flag_cu_fe, any_bit) as cu_fe,
    abundance_err(e_cu_fe, cu_fe, flag_cu_fe, any_bit) as cu_fe_err,
    abundance(ce_fe, flag_ce_fe, any_bit) as ce_fe,
    abundance_err(e_ce_fe, ce_fe, flag_ce_fe, any_bit) as ce_fe_err,
    null_if_missing(rv_comp_1) as radial_velocity,
    null_if_missing_error(e_rv_comp_1) as radial_velocity_err,
    null_if_missing(snr_px_ccd3) as snr,
    null_if_missing_magnitude(j_m) as j_mag,
    null_if_missing_error(j_msigcom) as j_mag_err,
    null_if_missing_magnitude(h_m) as h_mag,
    null_if_missing_error(h_msigcom) as h_mag_err,
    null_if_missing_magnitude(ks_m) as ks_mag,
    null_if_missing_error(ks_msigcom) as ks_mag_err,
    null_if_missing_magnitude(phot_g_mean_mag) as g_mag,
    null_if_missing(ebv) as ebv,
    null_if_missing(a_ks) as a_ks,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    survey_name as programme,
    null_if_missing(ruwe) as ruwe,
    null_if_missing(vsini) as vbroad,
    null_if_missing_error(e_vsini) as vbroad_err,
    null_if_missing_magnitude(w2mag) as w2_mag,
    null_if_missing_magnitude(bp_rp) as bp_rp,
    abundance(sc_fe, flag_sc_fe, any_bit) as sc_fe,
    abundance_err(e_sc_fe, sc_fe, flag_sc_fe, any_bit) as sc_fe_err,
    abundance(zn_fe, flag_zn_fe, any_bit) as zn_fe,
    abundance_err(e_zn_fe, zn_fe, flag_zn_fe, any_bit) as zn_fe_err,
    abundance(y_fe, flag_y_fe, any_bit) as y_fe,
    abundance_err(e_y_fe, y_fe, flag_y_fe, any_bit) as y_fe_err,
    abundance(ba_fe, flag_ba_fe, any_bit) as ba_fe,
    abundance_err(e_ba_fe, ba_fe, flag_ba_fe, any_bit) as ba_fe_err,
    abundance(la_fe, flag_la_fe, any_bit) as la_fe,
    abundance_err(e_la_fe, la_fe, flag_la_fe, any_bit) as la_fe_err,
    abundance(nd_fe, flag_nd_fe, any_bit) as nd_fe,
    abundance_err(e_nd_fe, nd_fe, flag_nd_fe, any_bit) as nd_fe_err,
    abundance(eu_fe, flag_eu_fe, any_bit) as eu_fe,
    abundance_err(e_eu_fe, eu_fe, flag_eu_fe, any_bit) as eu_fe_err,
    null_if_missing(r_med) as distance,
    null_if_missing(r_lo) as distance_lo,
    null_if_missing(r_hi) as distance_hi
from judged;
