-- One row per pair of surveys, quantity and group of stars: by how much the surveys differ.
-- offset is the median of left minus right over the stars whose best rows in both surveys
-- are clean; scatter is 1.4826 times the median absolute deviation, the standard deviation
-- of a normal distribution; offset_err = sqrt(pi / 2) scatter / sqrt(n), the error of a
-- median; one star has neither. The group ('all', 'giant', 'dwarf') is decided by
-- the values of the right survey, moved to the scale of the left one by the offset of all
-- stars (macro group_on_scale). Without a calibration main.parameters applies these offsets, by
-- the group that a star has on the scale of the reference (scale.places).
-- key: survey_left, survey_right, quantity, stage_group
-- stored: table
create or replace table main.survey_offsets as
with
best as (
    select
        star_id,
        survey,
        teff,
        logg,
        fe_h,
        alpha_fe,
        mg_fe,
        radial_velocity
    from main.measurements
    where is_best and is_clean
),

pairs as (
    select
        left_row.survey as survey_left,
        right_row.survey as survey_right,
        right_row.teff as right_teff,
        right_row.logg as right_logg,
        left_row.teff - right_row.teff as teff,
        left_row.logg - right_row.logg as logg,
        left_row.fe_h - right_row.fe_h as fe_h,
        left_row.alpha_fe - right_row.alpha_fe as alpha_fe,
        left_row.mg_fe - right_row.mg_fe as mg_fe,
        left_row.radial_velocity - right_row.radial_velocity as radial_velocity
    from best as left_row
    inner join best as right_row
        on
            left_row.star_id = right_row.star_id
            and left_row.survey < right_row.survey
),

scales as materialized (
    select
        survey_left,
        survey_right,
        median(teff) as teff_offset,
        median(logg) as logg_offset
    from pairs
    group by survey_left, survey_right
),

grouped as (
    select
        pairs.* exclude (right_teff, right_logg),
        unnest([
            'all',
            group_on_scale(
                pairs.right_teff, pairs.right_logg, scales.teff_offset, scales.logg_offset
            )
        ]) as stage_group
    from pairs
    inner join scales
        on pairs.survey_left = scales.survey_left and pairs.survey_right = scales.survey_right
),

differences as (
    unpivot grouped
    on teff, logg, fe_h, alpha_fe, mg_fe, radial_velocity
    into name quantity value difference
)

select
    survey_left,
    survey_right,
    quantity,
    stage_group,
    count(*) as n,
    median(difference) as "offset",
    case
        when count(*) > 1 then sqrt(pi() / 2) * 1.4826 * mad(difference) / sqrt(count(*))
    end as offset_err,
    case when count(*) > 1 then 1.4826 * mad(difference) end as scatter
from differences
where stage_group is not null
group by all;
