-- One row per observation of RAVE DR6, of tables joined by rave_obs_id. Teff and log g are
-- BDASP's (with Gaia DR2's parallax) where it has both, else MADERA's (from the spectrum alone),
-- never one of each: quality_flags then has 'parameters_of_madera'. [Fe/H] and [X/H] are GAUGUIN's,
-- [M/H] is MADERA's; al_fe, ni_fe are what remains without [Fe/H], with both errors. Stars
-- are told by raveid, else by their position in the input catalogue.
-- Rejected: algo_conv_madera other than 0, rows without Teff, log g or position, and further rows
-- of one id ('…#2'). [Fe/H], which many spectra lack, and a class (flag1_class) other
-- than normal do not reject; the paper's limits of S/N were not read.
-- key: survey, source_id
create or replace view staging.rave as
with
judged as (
    select
        rave.*,
        coalesce(nullif(trim(rave_obs_id), ''), 'row ' || rave.rowid) as row_id,
        doubled.place,
        coalesce(null_if_missing(teff_bdasp) + null_if_missing(logg_bdasp) is not null, false)
            as is_of_bdasp,
        null_if_missing(case when is_of_bdasp then teff_bdasp else teff_cal_madera end)
            as temperature,
        null_if_missing(case when is_of_bdasp then logg_bdasp else logg_cal_madera end)
            as gravity,
        abundance(fe_h_gauguin, 0, 0) as iron,
        coalesce(ra_input between -180 and 360 and dec_input between -90 and 90, false)
            as is_placed,
        list_filter([
            case
                when not is_of_bdasp and coalesce(temperature, gravity) is not null
                    then 'parameters_of_madera'
            end,
            case
                when lower(id_if_known(flag1_class)) <> 'n'
                    then 'flag1_class:' || lower(trim(flag1_class))
            end
        ], lambda flag: flag is not null) as quality_flags,
        list_filter([
            case when algo_conv_madera <> 0 then 'algo_conv_madera' end,
            case when temperature is null then 'teff_missing' end,
            case when gravity is null then 'logg_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.rave as rave
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'rave' and rave.rowid = doubled.raw_row
)

select
    'rave' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(
        id_if_known(raveid), case when is_placed then ra_input || ',' || dec_input end, row_id
    ) as survey_star_id,
    id_if_known(raveid) as designation,
    case when is_placed then wrapped_ra(ra_input) end as ra,
    case when is_placed then dec_input end as "dec",
    2000.0::double as epoch,
    case when is_placed then healpix end as healpix,
    temperature as teff,
    null_if_missing_error(case when is_of_bdasp then teff_error_bdasp else teff_error_madera end)
        as teff_err,
    gravity as logg,
    null_if_missing_error(case when is_of_bdasp then logg_error_bdasp else logg_error_madera end)
        as logg_err,
    iron as fe_h,
    abundance_err(fe_h_error_gauguin, fe_h_gauguin, 0, 0) as fe_h_err,
    abundance(alpha_fe_gauguin, 0, 0) as alpha_fe,
    abundance_err(alpha_fe_error_gauguin, alpha_fe_gauguin, 0, 0) as alpha_fe_err,
    abundance(al_h_gauguin - iron, 0, 0) as al_fe,
    abundance_err(
        sqrt(pow(al_h_error_gauguin, 2) + pow(fe_h_error_gauguin, 2)), al_h_gauguin - iron, 0, 0
    ) as al_fe_err,
    abundance(ni_h_gauguin - iron, 0, 0) as ni_fe,
    abundance_err(
        sqrt(pow(ni_h_error_gauguin, 2) + pow(fe_h_error_gauguin, 2)), ni_h_gauguin - iron, 0, 0
    ) as ni_fe_err,
    null_if_missing(hrv_sparv) as radial_velocity,
    null_if_missing_error(hrv_error_sparv) as radial_velocity_err,
    null_if_missing(snr_med_sparv) as snr,
    quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    abundance(m_h_cal_madera, 0, 0) as m_h,
    abundance_err(m_h_error_madera, m_h_cal_madera, 0, 0) as m_h_err
from judged;
