-- One row per star of Gaia-ESO DR5, under its CNAME. The release gives 12 + log(N/N_H) by
-- ionisation stage; [X/Fe] is that less the Sun of Grevesse, Asplund & Sauval (2007), that of its
-- model atmospheres (recalled), and less [Fe/H], with both errors. Ti, for one, is from
-- neutral lines, Sc from ionised ones. Limits (LIM_LI1, LIM_VSINI not 0) are no values.
-- Rejected: any flag of SFLAGS but SDS (some spectra discarded), IPA (parameters incomplete) and
-- NIA (no individual abundance), which leave what is given as it is; rows without Teff, log g,
-- [Fe/H] or position, and further rows of one id ('…#2'). A file without SFLAGS does not reject.
-- key: survey, source_id
create or replace view staging.gaia_eso as
with
judged as (
    select
        gaia_eso.*,
        coalesce(nullif(trim(cname), ''), 'row ' || gaia_eso.rowid) as row_id,
        doubled.place,
        (-1)::bigint as any_bit,
        abundance(feh, 0, 0) as iron,
        coalesce(ra between -180 and 360 and declination between -90 and 90, false) as is_placed,
        coalesce(
            list_transform(
                regexp_extract_all(upper(id_if_known(sflags)), '[A-Z0-9]+'),
                lambda flag: 'SFLAGS:' || flag
            ),
            []
        ) as quality_flags,
        list_filter(
            quality_flags,
            lambda flag: flag not in ('SFLAGS:SDS', 'SFLAGS:IPA', 'SFLAGS:NIA')
        )
        || list_filter([
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when iron is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.gaia_eso as gaia_eso
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'gaia_eso' and gaia_eso.rowid = doubled.raw_row
)

select
    'gaia_eso' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    row_id as survey_star_id,
    nullif(trim(cname), '') as designation,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then declination end as "dec",
    2000.0::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(teff) as teff,
    null_if_missing_error(e_teff) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(e_logg) as logg_err,
    iron as fe_h,
    abundance_err(e_feh, feh, 0, 0) as fe_h_err,
    abundance(li1 - (1.05 + iron), lim_li1, any_bit) as li_fe,
    abundance_err(sqrt(pow(e_li1, 2) + pow(e_feh, 2)), li1 - (1.05 + iron), lim_li1, any_bit)
        as li_fe_err,
    abundance(c1 - (8.39 + iron), 0, 0) as c_fe,
    abundance_err(sqrt(pow(e_c1, 2) + pow(e_feh, 2)), c1 - (8.39 + iron), 0, 0) as c_fe_err,
    abundance(o1 - (8.66 + iron), 0, 0) as o_fe,
    abundance_err(sqrt(pow(e_o1, 2) + pow(e_feh, 2)), o1 - (8.66 + iron), 0, 0) as o_fe_err,
    abundance(na1 - (6.17 + iron), 0, 0) as na_fe,
    abundance_err(sqrt(pow(e_na1, 2) + pow(e_feh, 2)), na1 - (6.17 + iron), 0, 0) as na_fe_err,
    abundance(mg1 - (7.53 + iron), 0, 0) as mg_fe,
    abundance_err(sqrt(pow(e_mg1, 2) + pow(e_feh, 2)), mg1 - (7.53 + iron), 0, 0) as mg_fe_err,
    abundance(al1 - (6.37 + iron), 0, 0) as al_fe,
    abundance_err(sqrt(pow(e_al1, 2) + pow(e_feh, 2)), al1 - (6.37 + iron), 0, 0) as al_fe_err,
    abundance(si1 - (7.51 + iron), 0, 0) as si_fe,
    abundance_err(sqrt(pow(e_si1, 2) + pow(e_feh, 2)), si1 - (7.51 + iron), 0, 0) as si_fe_err,
    abundance(ca1 - (6.31 + iron), 0, 0) as ca_fe,
    abundance_err(sqrt(pow(e_ca1, 2) + pow(e_feh, 2)), ca1 - (6.31 + iron), 0, 0) as ca_fe_err,
    abundance(sc2 - (3.17 + iron), 0, 0) as sc_fe,
    abundance_err(sqrt(pow(e_sc2, 2) + pow(e_feh, 2)), sc2 - (3.17 + iron), 0, 0) as sc_fe_err,
    abundance(ti1 - (4.90 + iron), 0, 0) as ti_fe,
    abundance_err(sqrt(pow(e_ti1, 2) + pow(e_feh, 2)), ti1 - (4.90 + iron), 0, 0) as ti_fe_err,
    abundance(v1 - (4.00 + iron), 0, 0) as v_fe,
    abundance_err(sqrt(pow(e_v1, 2) + pow(e_feh, 2)), v1 - (4.00 + iron), 0, 0) as v_fe_err,
    abundance(cr1 - (5.64 + iron), 0, 0) as cr_fe,
    abundance_err(sqrt(pow(e_cr1, 2) + pow(e_feh, 2)), cr1 - (5.64 + iron), 0, 0) as cr_fe_err,
    abundance(mn1 - (5.39 + iron), 0, 0) as mn_fe,
    abundance_err(sqrt(pow(e_mn1, 2) + pow(e_feh, 2)), mn1 - (5.39 + iron), 0, 0) as mn_fe_err,
    abundance(co1 - (4.92 + iron), 0, 0) as co_fe,
    abundance_err(sqrt(pow(e_co1, 2) + pow(e_feh, 2)), co1 - (4.92 + iron), 0, 0) as co_fe_err,
    abundance(ni1 - (6.23 + iron), 0, 0) as ni_fe,
    abundance_err(sqrt(pow(e_ni1, 2) + pow(e_feh, 2)), ni1 - (6.23 + iron), 0, 0) as ni_fe_err,
    abundance(cu1 - (4.21 + iron), 0, 0) as cu_fe,
    abundance_err(sqrt(pow(e_cu1, 2) + pow(e_feh, 2)), cu1 - (4.21 + iron), 0, 0) as cu_fe_err,
    abundance(zn1 - (4.60 + iron), 0, 0) as zn_fe,
    abundance_err(sqrt(pow(e_zn1, 2) + pow(e_feh, 2)), zn1 - (4.60 + iron), 0, 0) as zn_fe_err,
    abundance(y2 - (2.21 + iron), 0, 0) as y_fe,
    abundance_err(sqrt(pow(e_y2, 2) + pow(e_feh, 2)), y2 - (2.21 + iron), 0, 0) as y_fe_err,
    abundance(ba2 - (2.17 + iron), 0, 0) as ba_fe,
    abundance_err(sqrt(pow(e_ba2, 2) + pow(e_feh, 2)), ba2 - (2.17 + iron), 0, 0) as ba_fe_err,
    abundance(la2 - (1.13 + iron), 0, 0) as la_fe,
    abundance_err(sqrt(pow(e_la2, 2) + pow(e_feh, 2)), la2 - (1.13 + iron), 0, 0) as la_fe_err,
    abundance(ce2 - (1.70 + iron), 0, 0) as ce_fe,
    abundance_err(sqrt(pow(e_ce2, 2) + pow(e_feh, 2)), ce2 - (1.70 + iron), 0, 0) as ce_fe_err,
    abundance(nd2 - (1.45 + iron), 0, 0) as nd_fe,
    abundance_err(sqrt(pow(e_nd2, 2) + pow(e_feh, 2)), nd2 - (1.45 + iron), 0, 0) as nd_fe_err,
    abundance(eu2 - (0.52 + iron), 0, 0) as eu_fe,
    abundance_err(sqrt(pow(e_eu2, 2) + pow(e_feh, 2)), eu2 - (0.52 + iron), 0, 0) as eu_fe_err,
    null_if_missing(vrad) as radial_velocity,
    null_if_missing_error(e_vrad) as radial_velocity_err,
    null_if_missing(snr) as snr,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    trim(judged.ges_fld) as field,
    trim(judged.ges_type) as programme,
    case when coalesce(lim_vsini, 0) = 0 then null_if_missing(vsini) end as vsini
from judged;
