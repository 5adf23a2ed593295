-- One row per survey star, by its position_id in this build: the physical star it is, found as
-- the connected component of matching.matches it belongs to. A component may hold one star of
-- each survey, and two that a third joins by position must lie within match_radius() of each
-- other too. Where chains of matches break this (matching.components), only links that are the
-- best of both their ends among all surveys are kept, and has_conflict marks all stars of the
-- component. star_id is a positive number made of the place and the id of its first star (APOGEE
-- before GALAH before LAMOST before others), so it stays as long as that star does, whatever
-- else is added or removed: the HEALPix cell of order 8 (20 bits), so that stars near each
-- other have numbers near each other, then 43 bits of the hash of survey and id.
-- key: position_id
-- stored: table
create or replace table matching.star_numbers as
with
components as materialized (
    select * from matching.components
),

best_links as (
    select
        links.position_id,
        links.linked_id
    from matching.links as links
    inner join components on links.position_id = components.position_id
    where components.has_conflict
    qualify
        row_number() over (
            partition by links.position_id
            order by links.trust desc, links.separation asc, links.linked_id asc
        ) = 1
),

kept_pairs as (
    select
        best_links.position_id,
        case
            when
                (survey_rank(stars.survey), stars.survey)
                < (survey_rank(linked.survey), linked.survey)
                then best_links.position_id
            else best_links.linked_id
        end as first_id
    from best_links
    inner join best_links as back
        on best_links.position_id = back.linked_id and best_links.linked_id = back.position_id
    inner join matching.survey_stars as stars on best_links.position_id = stars.position_id
    inner join matching.survey_stars as linked on best_links.linked_id = linked.position_id
),

first_stars as materialized (
    select
        stars.position_id,
        coalesce(components.has_conflict, false) as has_conflict,
        coalesce(
            case when components.has_conflict then kept_pairs.first_id else components.first_id end,
            stars.position_id
        ) as first_id
    from matching.survey_stars as stars
    left join components on stars.position_id = components.position_id
    left join kept_pairs on stars.position_id = kept_pairs.position_id
)

select
    first_stars.position_id,
    ((named.healpix >> 42) << 43)
    | (md5_number(named.survey || ':' || named.survey_star_id) & 8796093022207)::bigint as star_id,
    first_stars.has_conflict
from first_stars
inner join matching.survey_stars as named on first_stars.first_id = named.position_id;
