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
best_links as (
    select
        links.position_id,
        links.linked_id
    from matching.links as links
    inner join matching.components as components on links.position_id = components.position_id
    where components.has_conflict
    qualify
        row_number() over (
            partition by links.position_id
            order by links.trust desc, links.separation asc, links.linked_id asc
        ) = 1
),

-- Few stars are linked: all others are only read once, where they are numbered.
linked_stars as materialized (
    select
        position_id,
        survey,
        survey_star_id,
        healpix
    from matching.survey_stars
    where position_id in (select links.position_id from matching.links as links)
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
    inner join linked_stars as stars on best_links.position_id = stars.position_id
    inner join linked_stars as linked on best_links.linked_id = linked.position_id
),

first_stars as (
    select
        components.position_id,
        components.has_conflict,
        coalesce(
            case when components.has_conflict then kept_pairs.first_id else components.first_id end,
            components.position_id
        ) as first_id
    from matching.components as components
    left join kept_pairs on components.position_id = kept_pairs.position_id
),

first_names as materialized (
    select
        first_stars.position_id,
        first_stars.has_conflict,
        named.survey,
        named.survey_star_id,
        named.healpix
    from first_stars
    inner join linked_stars as named on first_stars.first_id = named.position_id
),

named as (
    select
        stars.position_id,
        coalesce(first_names.has_conflict, false) as has_conflict,
        coalesce(first_names.survey, stars.survey) as survey,
        coalesce(first_names.survey_star_id, stars.survey_star_id) as survey_star_id,
        coalesce(first_names.healpix, stars.healpix) as healpix
    from matching.survey_stars as stars
    left join first_names on stars.position_id = first_names.position_id
)

select
    position_id,
    ((healpix >> 42) << 43)
    | (md5_number(survey || ':' || survey_star_id) & 8796093022207)::bigint as star_id,
    has_conflict
from named;
