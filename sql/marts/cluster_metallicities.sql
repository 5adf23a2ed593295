-- One row per star of a cluster (main.cluster_members) and survey in which its best row is clean,
-- on a scale: its [Fe/H], its log g on the same scale, and by how much the one differs from the
-- literature. scale is 'measured', the survey's own values; 'calibrated', the same on the one
-- scale (main.calibrated); or 'combined', those of main.parameters, whose survey is 'all' and
-- whose source_id is the star_id. literature is the preferred value of meta.cluster_values.
-- key: scale, survey, source_id
create or replace view main.cluster_metallicities as
with
measured as (
    select
        'measured' as scale,
        members.cluster,
        members.star_id,
        members.survey,
        members.source_id,
        rows.logg::double as logg,
        rows.fe_h::double as fe_h
    from main.cluster_members as members
    inner join main.measurements as rows
        on
            members.star_id = rows.star_id
            and members.survey = rows.survey
            and members.source_id = rows.source_id
    where members.is_best and members.is_clean
),

calibrated as (
    select
        'calibrated' as scale,
        any_value(members.cluster) as cluster,
        any_value(members.star_id) as star_id,
        members.survey,
        members.source_id,
        any_value(moved.value) filter (moved.quantity = 'logg') as logg,
        any_value(moved.value) filter (moved.quantity = 'fe_h') as fe_h
    from main.cluster_members as members
    inner join scale."values" as moved
        on
            members.star_id = moved.star_id
            and members.survey = moved.survey
            and members.source_id = moved.source_id
    where members.is_best and members.is_clean and moved.quantity in ('logg', 'fe_h')
    group by members.survey, members.source_id
),

combined as (
    select
        'combined' as scale,
        any_value(members.cluster) as cluster,
        members.star_id,
        'all' as survey,
        members.star_id::varchar as source_id,
        any_value(best.value) filter (best.quantity = 'logg') as logg,
        any_value(best.value) filter (best.quantity = 'fe_h') as fe_h
    from (
        select
            star_id,
            min(cluster) as cluster
        from main.cluster_members
        where is_best and is_clean
        group by star_id
    ) as members
    inner join scale.star_values as best on members.star_id = best.star_id
    where best.quantity in ('logg', 'fe_h')
    group by members.star_id
),

given as (
    select * from measured
    union all
    select * from calibrated
    union all
    select * from combined
)

select
    given.scale,
    given.cluster,
    given.star_id,
    given.survey,
    given.source_id,
    given.logg,
    given.fe_h,
    literature.value as literature,
    literature.source as literature_source,
    given.fe_h - literature.value as difference
from given
left join meta.cluster_values as literature
    on
        given.cluster = literature.cluster
        and literature.quantity = 'fe_h'
        and literature.is_preferred
where given.fe_h is not null;
