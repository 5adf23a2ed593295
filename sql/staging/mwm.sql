-- One row per spectrum of a star in the Milky Way Mapper's table of ASPCAP (SDSS DR19, DR20).
-- Spectra of SDSS-IV are analysed anew here: with APOGEE DR17 beside it they count twice.
-- Stars are told by sdss_id. The release gives [X/H]; [X/Fe] is what remains of it without
-- [Fe/H], with both errors. alpha_fe is [alpha/M], teff and logg are the calibrated ones. Any bit
-- of an element's own flags makes that abundance NULL: what the bits mean was not read.
-- Rejected: flag_bad, as the survey sums up its bits, or no word of it; rows without Teff, log g,
-- [Fe/H] or position, and further rows of one id ('1234#2').
-- key: survey, source_id
create or replace view staging.mwm as
with
judged as (
    select
        mwm.*,
        coalesce(spectrum_pk::varchar, 'row ' || mwm.rowid) as row_id,
        doubled.place,
        (-1)::bigint as any_bit,
        abundance(fe_h, fe_h_flags, (-1)::bigint) as iron,
        coalesce(ra between -180 and 360 and "dec" between -90 and 90, false) as is_placed,
        list_filter([
            case when flag_bad then 'flag_bad' end,
            case when flag_warn then 'flag_warn' end
        ], lambda flag: flag is not null) as quality_flags,
        list_filter([
            case when flag_bad then 'flag_bad' end,
            case when flag_bad is null then 'flag_bad_missing' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when iron is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.mwm as mwm
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'mwm' and mwm.rowid = doubled.raw_row
)

select
    'mwm' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(case when sdss_id > 0 then sdss_id::varchar end, row_id) as survey_star_id,
    id_if_known(sdss4_apogee_id) as designation,
    case when gaia_dr3_source_id > 0 then gaia_dr3_source_id end as gaia_dr3_source_id,
    case when gaia_dr2_source_id > 0 then gaia_dr2_source_id end as gaia_dr2_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then "dec" end as "dec",
    2015.5::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(pmra) as pmra,
    null_if_missing_error(e_pmra) as pmra_err,
    null_if_missing(pmde) as pmdec,
    null_if_missing_error(e_pmde) as pmdec_err,
    null_if_missing(plx) as parallax,
    null_if_missing_error(e_plx) as parallax_err,
    null_if_missing(teff) as teff,
    null_if_missing_error(e_teff) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(e_logg) as logg_err,
    iron as fe_h,
    abundance_err(e_fe_h, fe_h, fe_h_flags, any_bit) as fe_h_err,
    abundance(alpha_m_atm, 0, 0) as alpha_fe,
    abundance_err(e_alpha_m_atm, alpha_m_atm, 0, 0) as alpha_fe_err,
    abundance(c_h - iron, c_h_flags, any_bit) as c_fe,
    abundance_err(sqrt(pow(e_c_h, 2) + pow(e_fe_h, 2)), c_h - iron, c_h_flags, any_bit)
        as c_fe_err,
    abundance(n_h - iron, n_h_flags, any_bit) as n_fe,
    abundance_err(sqrt(pow(e_n_h, 2) + pow(e_fe_h, 2)), n_h - iron, n_h_flags, any_bit)
        as n_fe_err,
    abundance(o_h - iron, o_h_flags, any_bit) as o_fe,
    abundance_err(sqrt(pow(e_o_h, 2) + pow(e_fe_h, 2)), o_h - iron, o_h_flags, any_bit)
        as o_fe_err,
    abundance(na_h - iron, na_h_flags, any_bit) as na_fe,
    abundance_err(sqrt(pow(e_na_h, 2) + pow(e_fe_h, 2)), na_h - iron, na_h_flags, any_bit)
        as na_fe_err,
    abundance(mg_h - iron, mg_h_flags, any_bit) as mg_fe,
    abundance_err(sqrt(pow(e_mg_h, 2) + pow(e_fe_h, 2)), mg_h - iron, mg_h_flags, any_bit)
        as mg_fe_err,
    abundance(al_h - iron, al_h_flags, any_bit) as al_fe,
    abundance_err(sqrt(pow(e_al_h, 2) + pow(e_fe_h, 2)), al_h - iron, al_h_flags, any_bit)
        as al_fe_err,
    abundance(si_h - iron, si_h_flags, any_bit) as si_fe,
    abundance_err(sqrt(pow(e_si_h, 2) + pow(e_fe_h, 2)), si_h - iron, si_h_flags, any_bit)
        as si_fe_err,
    abundance(k_h - iron, k_h_flags, any_bit) as k_fe,
    abundance_err(sqrt(pow(e_k_h, 2) + pow(e_fe_h, 2)), k_h - iron, k_h_flags, any_bit)
        as k_fe_err,
    abundance(ca_h - iron, ca_h_flags, any_bit) as ca_fe,
    abundance_err(sqrt(pow(e_ca_h, 2) + pow(e_fe_h, 2)), ca_h - iron, ca_h_flags, any_bit)
        as ca_fe_err,
    abundance(ti_h - iron, ti_h_flags, any_bit) as ti_fe,
    abundance_err(sqrt(pow(e_ti_h, 2) + pow(e_fe_h, 2)), ti_h - iron, ti_h_flags, any_bit)
        as ti_fe_err,
    abundance(v_h - iron, v_h_flags, any_bit) as v_fe,
    abundance_err(sqrt(pow(e_v_h, 2) + pow(e_fe_h, 2)), v_h - iron, v_h_flags, any_bit)
        as v_fe_err,
    abundance(cr_h - iron, cr_h_flags, any_bit) as cr_fe,
    abundance_err(sqrt(pow(e_cr_h, 2) + pow(e_fe_h, 2)), cr_h - iron, cr_h_flags, any_bit)
        as cr_fe_err,
    abundance(mn_h - iron, mn_h_flags, any_bit) as mn_fe,
    abundance_err(sqrt(pow(e_mn_h, 2) + pow(e_fe_h, 2)), mn_h - iron, mn_h_flags, any_bit)
        as mn_fe_err,
    abundance(co_h - iron, co_h_flags, any_bit) as co_fe,
    abundance_err(sqrt(pow(e_co_h, 2) + pow(e_fe_h, 2)), co_h - iron, co_h_flags, any_bit)
        as co_fe_err,
    abundance(ni_h - iron, ni_h_flags, any_bit) as ni_fe,
    abundance_err(sqrt(pow(e_ni_h, 2) + pow(e_fe_h, 2)), ni_h - iron, ni_h_flags, any_bit)
        as ni_fe_err,
    abundance(cu_h - iron, cu_h_flags, any_bit) as cu_fe,
    abundance_err(sqrt(pow(e_cu_h, 2) + pow(e_fe_h, 2)), cu_h - iron, cu_h_flags, any_bit)
        as cu_fe_err,
    abundance(ce_h - iron, ce_h_flags, any_bit) as ce_fe,
    abundance_err(sqrt(pow(e_ce_h, 2) + pow(e_fe_h, 2)), ce_h - iron, ce_h_flags, any_bit)
        as ce_fe_err,
    null_if_missing(v_rad) as radial_velocity,
    null_if_missing_error(e_v_rad) as radial_velocity_err,
    null_if_missing(std_v_rad) as radial_velocity_scatter,
    null_if_missing(snr) as snr,
    n_visits,
    null_if_missing_magnitude(j_mag) as j_mag,
    null_if_missing_error(e_j_mag) as j_mag_err,
    null_if_missing_magnitude(h_mag) as h_mag,
    null_if_missing_error(e_h_mag) as h_mag_err,
    null_if_missing_magnitude(k_mag) as ks_mag,
    null_if_missing_error(e_k_mag) as ks_mag_err,
    null_if_missing_magnitude(g_mag) as g_mag,
    null_if_missing_magnitude(bp_mag) as bp_mag,
    null_if_missing_magnitude(rp_mag) as rp_mag,
    null_if_missing(ebv) as ebv,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    telescope,
    field,
    null_if_missing(m_h_atm) as m_h,
    null_if_missing_error(e_m_h_atm) as m_h_err,
    null_if_missing(v_sini) as vsini,
    null_if_missing(r_med_photogeo) as distance,
    null_if_missing(r_lo_photogeo) as distance_lo,
    null_if_missing(r_hi_photogeo) as distance_hi
from judged;
