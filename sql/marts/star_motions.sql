-- One row per star with a proper motion or a radial velocity: how it moves, by whom.
-- The proper motion is that with the smallest error; it is Gaia's, so that rows that are not clean
-- count too. GALAH DR3 and LAMOST publish none beside their spectra (those of GALAH's stars are in
-- raw.galah_gaia, once that is ingested). The radial velocity is of the first survey whose best row
-- is clean and has one (APOGEE, GALAH, LAMOST, others), with the zero point of its survey and the
-- error that holds once the surveys are calibrated (LAMOST's is some km/s off), before as that
-- catalogue gives it; that of main.parameters is the mean of all surveys and visits. A large
-- radial_velocity_scatter (of APOGEE's visits) tells of a companion.
-- key: star_id
create or replace view main.star_motions as
with
across as (
    select
        star_id,
        survey as proper_motion_source,
        pmra,
        pmra_err,
        pmdec,
        pmdec_err
    from main.measurements
    where is_best and star_id is not null and pmra is not null and pmdec is not null
    qualify
        row_number() over (
            partition by star_id
            order by
                pmra_err * pmra_err + pmdec_err * pmdec_err asc nulls last,
                survey_rank(survey),
                survey
        ) = 1
),

first_along as (
    select
        star_id,
        survey,
        radial_velocity,
        radial_velocity_err,
        radial_velocity_scatter
    from main.measurements
    where is_best and is_clean and star_id is not null and radial_velocity is not null
    qualify row_number() over (partition by star_id order by survey_rank(survey), survey) = 1
),

along as (
    select
        first_along.star_id,
        first_along.survey as radial_velocity_source,
        -- A zero point is the same for all stars: it has no limits.
        first_along.radial_velocity + case
            when corrections.teff_least is null then coalesce(corrections.coefficients[1], 0)
            else 0
        end as radial_velocity,
        case
            when factors.least_err = 0
                then holding_err(
                    first_along.radial_velocity_err,
                    factors.factor,
                    factors.floor_err,
                    factors.missing_err,
                    0
                )
            else first_along.radial_velocity_err
        end as radial_velocity_err,
        first_along.radial_velocity_scatter
    from first_along
    left join scale.corrections
        on
            first_along.survey = corrections.survey
            and corrections.quantity = 'radial_velocity'
    left join scale.factors
        on
            first_along.survey = factors.survey
            and factors.quantity = 'radial_velocity'
            and factors.stage_group = 'all'
)

select
    coalesce(across.star_id, along.star_id) as star_id,
    across.* exclude (star_id),
    along.* exclude (star_id)
from across
full join along on across.star_id = along.star_id;
