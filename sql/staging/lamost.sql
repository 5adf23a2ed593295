-- One row per LAMOST catalogue row (a low-resolution spectrum).
-- Positions are those of the input catalogues (J2000). fe_h is feh, alpha_fe is [alpha/M].
-- snr is that of the g band (snrg). gaia_source_id is a Gaia DR2 id, of DR11 one of DR3. In the
-- old layout (DR6 and before) there is no uid: a star is then known by its designation.
-- Rejected, after the survey's users: S/N not above 20 or missing, class not STAR, fibre not
-- on an object, errors that are not positive, rows without parameters or position, and
-- further rows of one id ('1234#2').
-- key: survey, source_id
create or replace view staging.lamost as
with
judged as (
    select
        lamost.*,
        coalesce(obsid::varchar, 'row ' || lamost.rowid) as row_id,
        doubled.place,
        coalesce(ra between -180 and 360 and dec between -90 and 90, false) as is_placed,
        -- An id written as a float ('3.64e+18') has lost its last digits.
        case
            when regexp_full_match(trim(gaia_source_id::varchar), '[0-9]+')
                then try_cast(gaia_source_id as bigint)
        end as gaia_id,
        gaia_id_of(gaia_dr3_source_id) as gaia_dr3_id,
        list_filter([
            case when null_if_missing(snrg) <= 20 then 'snr_low' end,
            case when null_if_missing(snrg) is null then 'snr_missing' end,
            case when upper(class) <> 'STAR' then 'not_a_star' end,
            case when upper(fibertype) <> 'OBJ' then 'not_an_object_fibre' end,
            case when null_if_missing(teff) is null then 'teff_missing' end,
            case when null_if_missing(logg) is null then 'logg_missing' end,
            case when abundance(feh, 0, 0) is null then 'fe_h_missing' end,
            case when least(teff_err, logg_err, feh_err) <= 0 then 'error_missing' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.lamost as lamost
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'lamost' and lamost.rowid = doubled.raw_row
)

select
    'lamost' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    coalesce(id_if_known(uid), id_if_known(designation), row_id) as survey_star_id,
    designation,
    gaia_dr3_id as gaia_dr3_source_id,
    case when gaia_id > 0 then gaia_id end as gaia_dr2_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then dec end as dec,
    2000.0::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(teff) as teff,
    null_if_missing_error(teff_err) as teff_err,
    null_if_missing(logg) as logg,
    null_if_missing_error(logg_err) as logg_err,
    abundance(feh, 0, 0) as fe_h,
    abundance_err(feh_err, feh, 0, 0) as fe_h_err,
    abundance(alpha_m, 0, 0) as alpha_fe,
    abundance_err(alpha_m_err, alpha_m, 0, 0) as alpha_fe_err,
    null_if_missing(rv) as radial_velocity,
    null_if_missing_error(rv_err) as radial_velocity_err,
    null_if_missing(snrg) as snr,
    null_if_missing_magnitude(gaia_g_mean_mag) as g_mag,
    nullif(subclass, 'Non') as subclass,
    []::varchar[] as quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    class as object_class,
    obsdate as observed_on,
    planid as plan,
    null_if_missing(z) as redshift,
    null_if_missing_error(z_err) as redshift_err,
    null_if_missing(snru) as snr_u,
    null_if_missing(snrr) as snr_r,
    null_if_missing(snri) as snr_i,
    null_if_missing(snrz) as snr_z,
    null_if_missing_magnitude(mag_ps_g) as ps_g_mag,
    null_if_missing_magnitude(mag_ps_r) as ps_r_mag,
    null_if_missing_magnitude(mag_ps_i) as ps_i_mag,
    null_if_missing_magnitude(mag_ps_z) as ps_z_mag,
    null_if_missing_magnitude(mag_ps_y) as ps_y_mag
from judged;
