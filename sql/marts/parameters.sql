-- One row per star with a clean best row: its parameters on the scale of APOGEE.
-- APOGEE's values are taken as they are; another survey's get the offset that survey_offsets
-- gives for their group (giant, dwarf, told by the same macro group_on_scale), or for all stars
-- where that has fewer than 20. Of several values that of the survey with the least scatter
-- about APOGEE is taken, named in _source: no average, as the surveys' formal errors cannot be
-- compared. Its error is the survey's own, raised to that scatter where it is smaller, with
-- the offset's error in quadrature. A value whose offset is not known is NULL.
-- key: star_id
create or replace view main.parameters as
with
offsets as materialized (
    select * from main.survey_offsets where survey_left = 'apogee'
),

shifts as (
    select
        survey_right as survey,
        max("offset") filter (quantity = 'teff') as teff_offset,
        max("offset") filter (quantity = 'logg') as logg_offset
    from offsets where stage_group = 'all'
    group by survey
),

best as (
    select
        star_id,
        survey,
        group_on_scale(teff, logg, teff_offset, logg_offset) as stage_group,
        unnest([
            { 'quantity': 'teff', 'value': teff, 'err': teff_err },
            { 'quantity': 'logg', 'value': logg, 'err': logg_err },
            { 'quantity': 'fe_h', 'value': fe_h, 'err': fe_h_err },
            { 'quantity': 'alpha_fe', 'value': alpha_fe, 'err': alpha_fe_err }
        ], recursive := true)
    from main.measurements
    left join shifts using (survey)
    where is_best and is_clean and star_id is not null
),

known_offsets as (
    select
        * replace (
            unnest(case when stage_group = 'all' then ['giant', 'dwarf'] else [stage_group] end)
                as stage_group
        ),
        stage_group <> 'all' as is_of_group
    from offsets
    where n >= 20
),

scales as (
    select
        survey_right as survey,
        quantity,
        stage_group,
        arg_max({ 'offset': "offset", 'err': offset_err, 'scatter': scatter }, is_of_group) as scale
    from known_offsets
    group by survey_right, quantity, stage_group
),

with_scale as (
    select
        best.*,
        case best.survey when 'apogee' then { 'offset': 0.0, 'err': 0.0, 'scatter': 0.0 }
            else scales.scale end as to_apogee
    from best
    left join scales using (survey, quantity, stage_group)
),

on_scale as (
    select
        star_id,
        quantity,
        value + to_apogee.offset as moved,
        -- greatest() skips a missing error; an error of zero is none
        sqrt(pow(greatest(err, to_apogee.scatter), 2) + pow(to_apogee.err, 2)) as total_err,
        { 'value': moved, 'err': nullif(total_err, 0), 'source': survey } as entry,
        case
            when moved is not null then { 'is_moved': survey <> 'apogee', 'by': to_apogee.scatter }
        end as rank
    from with_scale
),

-- arg_min passes over rows whose rank is NULL, so that a star without values stays
chosen as (
    select
        star_id,
        arg_min(entry, rank) filter (where quantity = 'teff') as teff,
        arg_min(entry, rank) filter (where quantity = 'logg') as logg,
        arg_min(entry, rank) filter (where quantity = 'fe_h') as fe_h,
        arg_min(entry, rank) filter (where quantity = 'alpha_fe') as alpha_fe
    from on_scale
    group by star_id
)

select
    star_id,
    teff.value as teff,
    teff.err as teff_err,
    teff.source as teff_source,
    logg.value as logg,
    logg.err as logg_err,
    logg.source as logg_source,
    fe_h.value as fe_h,
    fe_h.err as fe_h_err,
    fe_h.source as fe_h_source,
    alpha_fe.value as alpha_fe,
    alpha_fe.err as alpha_fe_err,
    alpha_fe.source as alpha_fe_source
from chosen;
