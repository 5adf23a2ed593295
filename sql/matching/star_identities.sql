-- One row per survey star: the physical star it is, found as the connected component of
-- matching.matches it belongs to. A component may hold one star of each survey; where chains
-- of matches would join two of one survey, only links that are the best of both their ends
-- among all surveys are kept, and has_conflict marks all its stars. star_id is a number made
-- from the id of the component's first star (APOGEE before GALAH before LAMOST before
-- others), so it stays as long as that star does, whatever else is added or removed.
-- key: survey, survey_star_id
-- stored: table
create or replace table matching.star_identities as
with recursive
links as (
    select
        l.position_id as one,
        r.position_id as other,
        coalesce(matches.ids_agree::integer, 0.5) as trust,
        matches.separation
    from matching.matches as matches
    inner join matching.survey_stars as l
        on matches.survey_left = l.survey and matches.source_id_left = l.source_id
    inner join matching.survey_stars as r
        on matches.survey_right = r.survey and matches.source_id_right = r.source_id
),

both_ways as (
    select * from links
    union all
    select
        other as one,
        one as other,
        trust,
        separation
    from links
),

reached as (
    select
        one as start,
        other as member
    from both_ways
    union
    select
        reached.start,
        both_ways.other as member
    from reached
    inner join both_ways on reached.member = both_ways.one
),

conflicts as (
    select distinct reached.start
    from reached
    inner join matching.survey_stars as nodes on reached.member = nodes.position_id
    group by reached.start, nodes.survey
    having count(*) > 1
),

best_links as (
    select one, other
    from both_ways
    where one in (select start from conflicts)
    qualify
        row_number() over (partition by one order by trust desc, separation asc, other asc) = 1
),

joined as (
    select position_id as start, position_id as member
    from matching.survey_stars
    union
    select
        start,
        member
    from reached
    where start not in (select conflicts.start from conflicts)
    union
    select
        best_links.one as start,
        best_links.other as member
    from best_links
    inner join best_links as back on best_links.one = back.other and best_links.other = back.one
),

first_members as (
    select
        joined.start,
        first(
            nodes.survey || ':' || nodes.survey_star_id
            order by survey_rank(nodes.survey), nodes.survey, nodes.survey_star_id
        ) as name
    from joined
    inner join matching.survey_stars as nodes on joined.member = nodes.position_id
    group by joined.start
)

select
    (md5_number_lower(first_members.name) >> 1)::bigint as star_id,
    nodes.survey,
    nodes.survey_star_id,
    nodes.source_id,
    nodes.position_id in (select start from conflicts) as has_conflict
from matching.survey_stars as nodes
inner join first_members on nodes.position_id = first_members.start;
