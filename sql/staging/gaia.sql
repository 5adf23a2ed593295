-- One row per source of an extract of Gaia DR3: photometry and astrometry, no parameters.
-- Positions and motions are at ref_epoch, 2016.0. Stars are told by source_id, which is the
-- gaia_dr3_source_id of other surveys. Gaia's own radial velocities stay in raw.gaia: those of
-- main.measurements are of the surveys' spectra.
-- Rejected: ruwe above 1.4 (a single star does not explain the astrometry), rows without
-- ruwe, parallax or position, rows at another epoch than DR3's, and further rows of one id
-- ('1234#2').
-- key: survey, source_id
create or replace view staging.gaia as
with
judged as (
    select
        gaia.*,
        coalesce(gaia.source_id::varchar, 'row ' || gaia.rowid) as row_id,
        doubled.place,
        coalesce(ra between -180 and 360 and "dec" between -90 and 90, false) as is_placed,
        list_filter([
            case when ref_epoch <> 2016 then 'not_of_dr3' end,
            case when null_if_missing(parallax) is null then 'parallax_missing' end,
            case when null_if_missing(ruwe) is null then 'ruwe_missing' end,
            case when null_if_missing(ruwe) > 1.4 then 'ruwe_high' end,
            case when not is_placed then 'position_missing' end,
            case when place is not null then 'row_id_doubled' end
        ], lambda reason: reason is not null) as rejection_reasons
    from raw.gaia as gaia
    left join staging.doubled_rows as doubled
        on lower(doubled.survey) = 'gaia' and gaia.rowid = doubled.raw_row
)

select
    'gaia' as survey,
    row_id || coalesce('#' || place, '') as source_id,
    row_id as survey_star_id,
    designation,
    case when source_id > 0 and coalesce(ref_epoch, 2016) = 2016 then judged.source_id end
        as gaia_dr3_source_id,
    case when is_placed then wrapped_ra(ra) end as ra,
    case when is_placed then "dec" end as "dec",
    coalesce(ref_epoch, 2016)::double as epoch,
    case when is_placed then healpix end as healpix,
    null_if_missing(pmra) as pmra,
    null_if_missing_error(pmra_error) as pmra_err,
    null_if_missing(pmdec) as pmdec,
    null_if_missing_error(pmdec_error) as pmdec_err,
    null_if_missing(parallax) as parallax,
    null_if_missing_error(parallax_error) as parallax_err,
    null_if_missing_magnitude(phot_g_mean_mag) as g_mag,
    null_if_missing_magnitude(phot_bp_mean_mag) as bp_mag,
    null_if_missing_magnitude(phot_rp_mean_mag) as rp_mag,
    []::varchar[] as quality_flags,
    rejection_reasons,
    len(rejection_reasons) = 0 as is_clean,
    null_if_missing(ruwe) as ruwe
from judged;
