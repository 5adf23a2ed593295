-- One row per APOGEE catalogue row (a star seen by one telescope in one field).
-- source_id is TELESCOPE.FIELD.APOGEE_ID; a commissioning spectrum (EXTRATARG bit 1) of the
-- same field has '.commissioning' behind it, a further row of one id '#2'. alpha_fe is [alpha/M]
-- (ALPHA_M); giant_class is APOGEE's own spectroscopic 'RC' or 'RGB' (PARAMFLAG of LOGG, bits 24
-- and 25). Rejected: STARFLAG and ASPCAPFLAG bits so marked in sql/flag_bits.csv or not known
-- there, low S/N, rows without Teff, log g, [Fe/H] or position, and further rows of one id.
-- Binaries, telluric standards and duplicates stay. Absent columns and NULL flags do not reject.
-- An abundance is NULL where its flag rejects, a_ks (of targeting colours) below -1 mag.
-- key: survey, source_id
create or replace view staging.apogee as
with
rejecting as (
    select
        unclean_bits('apogee', 'STARFLAG') as bad_star,
        unclean_bits('apogee', 'ASPCAPFLAG') as bad_aspcap,
        unclean_bits('apogee', 'ELEMFLAG') as bad
),

judged as (
    select
        apogee.*,
        coalesce(apogee_source_id(telescope, field, apogee_id, extratarg), 'row ' || apogee.rowid)
            as row_id,
        doubled.place,
        rejecting.bad,
        coalesce(ra between -180 and 360 and dec between -90 and 90, false) as is_placed,
        flag_labels('apogee', 'STARFLAG', starflag)
        || flag_labels('apogee', 'ASPCAPFLAG', aspcapflag)
        || flag_labels('apogee', 'RV_FLAG', rv_flag) as quality_flags,
        flag_labels('apogee', 'STARFLAG', flag_word(starflag) & rejecting.bad_star)
        || flag_labels('apogee', 'ASPCAPFLAG', flag_word(aspcapflag) & rejecting.bad_aspcap)
        || flag_labels('apogee', 'FE_H_FLAG', flag_word(fe_h_flag) & rejecting.bad)
        || list_filter([
            case when null_if_missing(snr) < 50 then 'snr_low' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when abundance(fe_h, fe_h_flag, rejecting.bad) is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.apogee as apogee
    cross join rejecting
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'apogee' and apogee.rowid = doubled.raw_row
)

select
    'apogee' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(id_if_known(apogee_id), row_id) as survey_star_id,
    apogee_id as designation,
    case when gaiaedr3_source_id > 0 then gaiaedr3_source_id end as gaia_dr3_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then dec end as dec,
    2000.0::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(gaiaedr3_pmra) as pmra,
    null_if_missing_error(gaiaedr3_pmra_error) as pmra_err,
    null_if_missing(gaiaedr3_pmdec) as pmdec,
    null_if_missing_error(gaiaedr3_pmdec_error) as pmdec_err,
    null_if_missing(gaiaedr3_parallax) as parallax,
    null_if_missing_error(gaiaedr3_parallax_error) as parallax_err,
    null_if_missing(teff) as teff,
    null_if_missing_error(teff_err) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(logg_err) as logg_err,
    abundance(fe_h, fe_h_flag, bad) as fe_h,
    abundance_err(fe_h_err, fe_h, fe_h_flag, bad) as fe_h_err,
    abundance(alpha_m, paramflag[7], bad) as alpha_fe,
    abundance_err(alpha_m_err, alpha_m, paramflag[7], bad) as alpha_fe_err,
    abundance(c_fe, c_fe_flag, bad) as c_fe,
    abundance_err(c_fe_err, c_fe, c_fe_flag, bad) as c_fe_err,
    abundance(n_fe, n_fe_flag, bad) as n_fe,
    abundance_err(n_fe_err, n_fe, n_fe_flag, bad) as n_fe_err,
    abundance(o_fe, o_fe_flag, bad) as o_fe,
    abundance_err(o_fe_err, o_fe, o_fe_flag, bad) as o_fe_err,
    abundance(na_fe, na_fe_flag, bad) as na_fe,
    abundance_err(na_fe_err, na_fe, na_fe_flag, bad) as na_fe_err,
    abundance(mg_fe, mg_fe_flag, bad) as mg_fe,
    abundance_err(mg_fe_err, mg_fe, mg_fe_flag, bad) as mg_fe_err,
    abundance(al_fe, al_fe_flag, bad) as al_fe,
    abundance_err(al_fe_err, al_fe, al_fe_flag, bad) as al_fe_err,
    abundance(si_fe, si_fe_flag, bad) as si_fe,
    abundance_err(si_fe_err, si_fe, si_fe_flag, bad) as si_fe_err,
    abundance(k_fe, k_fe_flag, bad) as k_fe,
    abundance_err(k_fe_err, k_fe, k_fe_flag, bad) as k_fe_err,
    abundance(ca_fe, ca_fe_flag, bad) as ca_fe,
    abundance_err(ca_fe_err, ca_fe, ca_fe_flag, bad) as ca_fe_err,
    abundance(ti_fe, ti_fe_flag, bad) as ti_fe,
    abundance_err(ti_fe_err, ti_fe, ti_fe_flag, bad) as ti_fe_err,
    abundance(v_fe, v_fe_flag, bad) as v_fe,
    abundance_err(v_fe_err, v_fe, v_fe_flag, bad) as v_fe_err,
    abundance(cr_fe, cr_fe_flag, bad) as cr_fe,
    abundance_err(cr_fe_err, cr_fe, cr_fe_flag, bad) as cr_fe_err,
    abundance(mn_fe, mn_fe_flag, bad) as mn_fe,
    abundance_err(mn_fe_err, mn_fe, mn_fe_flag, bad) as mn_fe_err,
    abundance(co_fe, co_fe_flag, bad) as co_fe,
    abundance_err(co_fe_err, co_fe, co_fe_flag, bad) as co_fe_err,
    abundance(ni_fe, ni_fe_flag, bad) as ni_fe,
    abundance_err(ni_fe_err, ni_fe, ni_fe_flag, bad) as ni_fe_err,
    abundance(cu_fe, cu_fe_flag, bad) as cu_fe,
    abundance_err(cu_fe_err, cu_fe, cu_fe_flag, bad) as cu_fe_err,
    abundance(ce_fe, ce_fe_flag, bad) as ce_fe,
    abundance_err(ce_fe_err, ce_fe, ce_fe_flag, bad) as ce_fe_err,
    null_if_missing(vhelio_avg) as radial_velocity,
    null_if_missing_error(verr) as radial_velocity_err,
    null_if_missing(vscatter) as radial_velocity_scatter,
    null_if_missing(snr) as snr,
    nvisits::integer as n_visits,
    null_if_missing_magnitude(j) as j_mag,
    null_if_missing_error(j_err) as j_mag_err,
    null_if_missing_magnitude(h) as h_mag,
    null_if_missing_error(h_err) as h_mag_err,
    null_if_missing_magnitude(k) as ks_mag,
    null_if_missing_error(k_err) as ks_mag_err,
    null_if_missing_magnitude(gaiaedr3_phot_g_mean_mag) as g_mag,
    null_if_missing_magnitude(gaiaedr3_phot_bp_mean_mag) as bp_mag,
    null_if_missing_magnitude(gaiaedr3_phot_rp_mean_mag) as rp_mag,
    null_if_missing(sfd_ebv) as ebv,
    case when ak_targ > -1 then null_if_missing(ak_targ) end as a_ks,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    telescope::varchar as telescope,
    field::varchar as field,
    has_bit(extratarg, 0) as is_extra_target,
    null_if_missing(m_h) as m_h,
    null_if_missing_error(m_h_err) as m_h_err,
    null_if_missing(vsini) as vsini,
    nullif(n_components, -1) as n_components,
    case
        when has_bit(paramflag[2], 24) then 'RC'
        when has_bit(paramflag[2], 25) then 'RGB'
    end as giant_class,
    null_if_missing(gaiaedr3_r_med_photogeo) as distance,
    null_if_missing(gaiaedr3_r_lo_photogeo) as distance_lo,
    null_if_missing(gaiaedr3_r_hi_photogeo) as distance_hi
from judged;
