-- One row per GALAH catalogue row (a star of the allstar table).
-- Positions are Gaia DR2's at epoch 2015.5; snr is that of the red CCD (snr_c3_iraf).
-- Rejected, as the survey recommends: any bit of flag_sp or flag_fe_h, S/N not above 30;
-- also rows without flag_sp, Teff, log g, [Fe/H] or position, and further rows of one id
-- ('1234#2'). flag_X_fe makes one abundance NULL.
-- key: survey, source_id
create or replace view staging.galah as
with
rejecting as (
    select
        unclean_bits('galah', 'flag_sp') as bad_sp,
        unclean_bits('galah', 'flag_fe_h') as bad_fe_h,
        unclean_bits('galah', 'flag_X_fe') as bad
),

judged as (
    select
        galah.*,
        coalesce(sobject_id::varchar, 'row ' || galah.rowid) as row_id,
        doubled.place,
        rejecting.bad,
        rejecting.bad_fe_h,
        coalesce(ra_dr2 between -180 and 360 and dec_dr2 between -90 and 90, false) as is_placed,
        flag_labels('galah', 'flag_sp', flag_sp)
        || flag_labels('galah', 'flag_fe_h', flag_fe_h) as quality_flags,
        flag_labels('galah', 'flag_sp', flag_word(flag_sp) & rejecting.bad_sp)
        || flag_labels('galah', 'flag_fe_h', flag_word(flag_fe_h) & rejecting.bad_fe_h)
        || list_filter([
            case when flag_sp is null then 'flag_sp_missing' end,
            case when null_if_missing(snr_c3_iraf) <= 30 then 'snr_low' end,
            case when null_if_missing(snr_c3_iraf) is null then 'snr_missing' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when abundance(fe_h, flag_fe_h, bad_fe_h) is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.galah as galah
    cross join rejecting
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'galah' and galah.rowid = doubled.raw_row
)

select
    'galah' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(
        case when dr3_source_id > 0 then dr3_source_id::varchar end, id_if_known(star_id), row_id
    ) as survey_star_id,
    star_id as designation,
    case when dr3_source_id > 0 then dr3_source_id end as gaia_dr3_source_id,
    case when dr2_source_id > 0 then dr2_source_id end as gaia_dr2_source_id,
    case when is_placed then wrapped_ra(ra_dr2) end as ra,
    case when is_placed then dec_dr2 end as dec,
    2015.5::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(parallax_dr2) as parallax,
    null_if_missing_error(parallax_error_dr2) as parallax_err,
    null_if_missing(teff) as teff,
    null_if_missing_error(e_teff) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(e_logg) as logg_err,
    abundance(fe_h, flag_fe_h, bad_fe_h) as fe_h,
    abundance_err(e_fe_h, fe_h, flag_fe_h, bad_fe_h) as fe_h_err,
    abundance(alpha_fe, flag_alpha_fe, bad) as alpha_fe,
    abundance_err(e_alpha_fe, alpha_fe, flag_alpha_fe, bad) as alpha_fe_err,
    abundance(c_fe, flag_c_fe, bad) as c_fe,
    abundance_err(e_c_fe, c_fe, flag_c_fe, bad) as c_fe_err,
    abundance(o_fe, flag_o_fe, bad) as o_fe,
    abundance_err(e_o_fe, o_fe, flag_o_fe, bad) as o_fe_err,
    abundance(na_fe, flag_na_fe, bad) as na_fe,
    abundance_err(e_na_fe, na_fe, flag_na_fe, bad) as na_fe_err,
    abundance(mg_fe, flag_mg_fe, bad) as mg_fe,
    abundance_err(e_mg_fe, mg_fe, flag_mg_fe, bad) as mg_fe_err,
    abundance(al_fe, flag_al_fe, bad) as al_fe,
    abundance_err(e_al_fe, al_fe, flag_al_fe, bad) as al_fe_err,
    abundance(si_fe, flag_si_fe, bad) as si_fe,
    abundance_err(e_si_fe, si_fe, flag_si_fe, bad) as si_fe_err,
    abundance(k_fe, flag_k_fe, bad) as k_fe,
    abundance_err(e_k_fe, k_fe, flag_k_fe, bad) as k_fe_err,
    abundance(ca_fe, flag_ca_fe, bad) as ca_fe,
    abundance_err(e_ca_fe, ca_fe, flag_ca_fe, bad) as ca_fe_err,
    abundance(ti_fe, flag_ti_fe, bad) as ti_fe,
    abundance_err(e_ti_fe, ti_fe, flag_ti_fe, bad) as ti_fe_err,
    abundance(v_fe, flag_v_fe, bad) as v_fe,
    abundance_err(e_v_fe, v_fe, flag_v_fe, bad) as v_fe_err,
    abundance(cr_fe, flag_cr_fe, bad) as cr_fe,
    abundance_err(e_cr_fe, cr_fe, flag_cr_fe, bad) as cr_fe_err,
    abundance(mn_fe, flag_mn_fe, bad) as mn_fe,
    abundance_err(e_mn_fe, mn_fe, flag_mn_fe, bad) as mn_fe_err,
    abundance(co_fe, flag_co_fe, bad) as co_fe,
    abundance_err(e_co_fe, co_fe, flag_co_fe, bad) as co_fe_err,
    abundance(ni_fe, flag_ni_fe, bad) as ni_fe,
    abundance_err(e_ni_fe, ni_fe, flag_ni_fe, bad) as ni_fe_err,
    abundance(cu_fe, flag_cu_fe, bad) as cu_fe,
    abundance_err(e_cu_fe, cu_fe, flag_cu_fe, bad) as cu_fe_err,
    abundance(ce_fe, flag_ce_fe, bad) as ce_fe,
    abundance_err(e_ce_fe, ce_fe, flag_ce_fe, bad) as ce_fe_err,
    null_if_missing(rv_galah) as radial_velocity,
    null_if_missing_error(e_rv_galah) as radial_velocity_err,
    null_if_missing(snr_c3_iraf) as snr,
    null_if_missing_magnitude(j_m) as j_mag,
    null_if_missing_error(j_msigcom) as j_mag_err,
    null_if_missing_magnitude(h_m) as h_mag,
    null_if_missing_error(h_msigcom) as h_mag_err,
    null_if_missing_magnitude(ks_m) as ks_mag,
    null_if_missing_error(ks_msigcom) as ks_mag_err,
    null_if_missing(ebv) as ebv,
    null_if_missing(a_ks) as a_ks,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    survey_name as programme,
    null_if_missing(ruwe_dr2) as ruwe,
    null_if_missing(irfm_teff) as irfm_teff,
    null_if_missing(vbroad) as vbroad,
    null_if_missing_error(e_vbroad) as vbroad_err,
    null_if_missing_magnitude(v_jk) as v_jk_mag,
    null_if_missing_magnitude(w2mpro) as w2_mag,
    abundance(li_fe, flag_li_fe, bad) as li_fe,
    abundance_err(e_li_fe, li_fe, flag_li_fe, bad) as li_fe_err,
    abundance(sc_fe, flag_sc_fe, bad) as sc_fe,
    abundance_err(e_sc_fe, sc_fe, flag_sc_fe, bad) as sc_fe_err,
    abundance(zn_fe, flag_zn_fe, bad) as zn_fe,
    abundance_err(e_zn_fe, zn_fe, flag_zn_fe, bad) as zn_fe_err,
    abundance(y_fe, flag_y_fe, bad) as y_fe,
    abundance_err(e_y_fe, y_fe, flag_y_fe, bad) as y_fe_err,
    abundance(ba_fe, flag_ba_fe, bad) as ba_fe,
    abundance_err(e_ba_fe, ba_fe, flag_ba_fe, bad) as ba_fe_err,
    abundance(la_fe, flag_la_fe, bad) as la_fe,
    abundance_err(e_la_fe, la_fe, flag_la_fe, bad) as la_fe_err,
    abundance(nd_fe, flag_nd_fe, bad) as nd_fe,
    abundance_err(e_nd_fe, nd_fe, flag_nd_fe, bad) as nd_fe_err,
    abundance(eu_fe, flag_eu_fe, bad) as eu_fe,
    abundance_err(e_eu_fe, eu_fe, flag_eu_fe, bad) as eu_fe_err,
    null_if_missing(r_est_dr2) as distance,
    null_if_missing(r_lo_dr2) as distance_lo,
    null_if_missing(r_hi_dr2) as distance_hi
from judged;
