-- One row per two stars that a third one joins by position, but that lie further apart than
-- match_radius(): moved by their own proper motion, where they have none by that of the third
-- (middle_id). Links of one Gaia id join at any distance.
-- key: left_id, right_id, middle_id
create or replace view matching.drifted_pairs as
with
unlinked as (
    select
        l.linked_id as left_id,
        r.linked_id as right_id,
        l.position_id as middle_id
    from matching.links as l
    inner join matching.links as r
        on l.position_id = r.position_id and l.linked_id < r.linked_id
    anti join matching.links as direct
        on l.linked_id = direct.position_id and r.linked_id = direct.linked_id
    where l.trust < 1 and r.trust < 1
),

moving as (
    select
        unlinked.*,
        l.ra,
        l."dec",
        l.epoch,
        r.ra as other_ra,
        r."dec" as other_dec,
        r.epoch as other_epoch,
        case
            when l.epoch is null or r.epoch is null then null
            when has_motion(l.pmra, l.pmdec, l.epoch) then [l.pmra, l.pmdec]
            when has_motion(r.pmra, r.pmdec, r.epoch) then [r.pmra, r.pmdec]
            else [middle.pmra, middle.pmdec]
        end as motion
    from unlinked
    inner join matching.survey_stars as l on unlinked.left_id = l.position_id
    inner join matching.survey_stars as r on unlinked.right_id = r.position_id
    inner join matching.survey_stars as middle on unlinked.middle_id = middle.position_id
),

apart as (
    select
        left_id,
        right_id,
        middle_id,
        angular_separation(
            propagate_ra(ra, "dec", motion[1], motion[2], epoch, other_epoch),
            propagate_dec(ra, "dec", motion[1], motion[2], epoch, other_epoch),
            other_ra,
            other_dec
        ) as separation
    from moving
)

select *
from apart
where separation > match_radius();
