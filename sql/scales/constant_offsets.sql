-- One row per survey, quantity and group of stars ('all', 'giant', 'dwarf') while the surveys are
-- not calibrated: the median offset to the scale of the reference, its error, and the scatter
-- about it. Groups of fewer than 20 stars have those of all stars; of fewer in all, none.
-- key: survey, quantity, stage_group
create or replace view scale.constant_offsets as
with
offsets as (
    select
        in_use.reference,
        case survey_left when in_use.reference then survey_right else survey_left end as survey,
        quantity,
        stage_group,
        case survey_left when in_use.reference then "offset" else -"offset" end as zero_point,
        offset_err as zero_point_err,
        scatter,
        n
    from main.survey_offsets
    inner join scale.in_use as in_use
        on in_use.reference in (survey_left, survey_right)
    where in_use.method = 'constant offsets' and n >= 20
)

select
    of_all.reference,
    of_all.survey,
    of_all.quantity,
    groups.stage_group,
    coalesce(of_group.zero_point, of_all.zero_point) as zero_point,
    coalesce(of_group.zero_point_err, of_all.zero_point_err) as zero_point_err,
    coalesce(of_group.scatter, of_all.scatter) as scatter
from offsets as of_all
cross join (select unnest(['all', 'giant', 'dwarf']) as stage_group) as groups
left join offsets as of_group
    on
        of_all.survey = of_group.survey
        and of_all.quantity = of_group.quantity
        and groups.stage_group = of_group.stage_group
where of_all.stage_group = 'all';
