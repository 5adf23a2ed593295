-- One row per star with a proper motion or a radial velocity: how it moves, by whom.
-- The proper motion is that with the smallest error; it is Gaia's, so that rows that are not clean
-- count too. GALAH DR3 and LAMOST publish none beside their spectra: theirs come
-- from an extract of Gaia (raw.gaia). The radial velocity is that of main.parameters: the mean
-- of all clean rows of all surveys on one scale, with the error that holds (scale.star_values). A
-- large radial_velocity_scatter (of APOGEE's visits) tells of a companion.
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

along as (
    select
        star_id,
        surveys as radial_velocity_sources,
        "value" as radial_velocity,
        err as radial_velocity_err,
        in_range as radial_velocity_in_range
    from scale.star_values
    where quantity = 'radial_velocity'
),

scatters as (
    select
        star_id,
        max(radial_velocity_scatter) as radial_velocity_scatter
    from main.measurements
    where is_best and is_clean and radial_velocity_scatter is not null
    group by star_id
),

moving as (
    select
        coalesce(across.star_id, along.star_id) as star_id,
        across.* exclude (star_id),
        along.* exclude (star_id)
    from across
    full join along on across.star_id = along.star_id
)

select
    moving.*,
    scatters.radial_velocity_scatter
from moving
left join scatters on moving.star_id = scatters.star_id;
