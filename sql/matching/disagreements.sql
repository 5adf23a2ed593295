-- One row per pair of stars of two surveys whose Gaia ids and positions say different things.
-- disagreement 'same id, apart': one id of the release that both have, but further apart than
-- match_radius() at a common epoch; 'near, different ids': within it, but of two ids.
-- is_same_star: whether matching.star_identities takes them for one star all the same, as it
-- does with one id up to id_match_radius() and where nothing better is near.
-- key: survey_left, source_id_left, survey_right, source_id_right
-- stored: table
create or replace table matching.disagreements as
with
disagreeing as materialized (
    select
        *,
        case
            when ids_agree then 'same id, apart'
            else 'near, different ids'
        end as disagreement
    from matching.candidates
    where not ids_agree or (ids_agree and separation > match_radius())
),

source_ids as (
    select source_id_left as source_id from disagreeing
    union all
    select source_id_right from disagreeing
),

ends as materialized (
    select
        stars.survey,
        stars.source_id,
        stars.gaia_dr3_source_id,
        stars.gaia_dr2_source_id,
        stars.position_id
    from matching.survey_stars as stars
    where stars.source_id in (select source_ids.source_id from source_ids)
),

-- All others are left out before the join, not by it.
numbers as materialized (
    select
        position_id,
        star_id
    from matching.star_numbers
    where position_id in (select ends.position_id from ends)
),

numbered as materialized (
    select
        ends.*,
        numbers.star_id
    from ends
    inner join numbers on ends.position_id = numbers.position_id
)

select
    disagreeing.survey_left,
    disagreeing.source_id_left,
    disagreeing.survey_right,
    disagreeing.source_id_right,
    disagreeing.disagreement,
    case
        when l.gaia_dr3_source_id > 0 and r.gaia_dr3_source_id > 0 then 'DR3'
        else 'DR2'
    end as gaia_release,
    case gaia_release when 'DR3' then l.gaia_dr3_source_id else l.gaia_dr2_source_id end
        as gaia_source_id_left,
    case gaia_release when 'DR3' then r.gaia_dr3_source_id else r.gaia_dr2_source_id end
        as gaia_source_id_right,
    disagreeing.separation,
    disagreeing.is_moved,
    l.star_id = r.star_id as is_same_star
from disagreeing
inner join numbered as l
    on disagreeing.survey_left = l.survey and disagreeing.source_id_left = l.source_id
inner join numbered as r
    on disagreeing.survey_right = r.survey and disagreeing.source_id_right = r.source_id;
