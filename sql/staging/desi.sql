-- One row per coadded spectrum of a star in DESI's Milky Way Survey (RVTAB of mwsall, EDR or DR1).
-- source_id is TARGETID.SURVEY.PROGRAM: a source has a row in each part of the survey that saw it.
-- Parameters are RVSpecFit's; snr is that of the R arm. REF_ID is a Gaia DR2 id where REF_CAT
-- says so.
-- Rejected: any bit of RVS_WARN or none known, fits that did not succeed, what Redrock does not
-- call a star, rows without Teff, log g, [Fe/H] or position, and further rows of one id ('…#2').
-- key: survey, source_id
create or replace view staging.desi as
with
judged as (
    select
        desi.*,
        coalesce(
            targetid || '.' || coalesce(trim(desi.survey), '') || '.'
            || coalesce(trim(desi.program), ''),
            'row ' || desi.rowid
        ) as row_id,
        doubled.place,
        coalesce(
            target_ra between -180 and 360 and target_dec between -90 and 90, false
        ) as is_placed,
        list_filter([
            case when rvs_warn is null then 'rvs_warn_missing' end,
            case when rvs_warn <> 0 then 'rvs_warn' end,
            case when not success then 'fit_failed' end,
            case when upper(trim(rr_spectype)) <> 'STAR' then 'not_a_star' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when abundance(feh, 0, 0) is null then 'fe_h_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.desi as desi
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'desi' and desi.rowid = doubled.raw_row
)

select
    'desi' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(targetid::varchar, row_id) as survey_star_id,
    case when trim(ref_cat) = 'G2' and ref_id > 0 then ref_id end as gaia_dr2_source_id,
    case when is_placed then wrapped_ra(target_ra) end as ra,
    case when is_placed then target_dec end as "dec",
    2015.5::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(teff) as teff,
    null_if_missing_error(teff_err) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(logg_err) as logg_err,
    abundance(feh, 0, 0) as fe_h,
    abundance_err(feh_err, feh, 0, 0) as fe_h_err,
    abundance(alphafe, 0, 0) as alpha_fe,
    abundance_err(alphafe_err, alphafe, 0, 0) as alpha_fe_err,
    null_if_missing(vrad) as radial_velocity,
    null_if_missing_error(vrad_err) as radial_velocity_err,
    null_if_missing(sn_r) as snr,
    []::varchar[] as quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    trim(judged.program) as programme,
    null_if_missing(vsini) as vsini
from judged;
