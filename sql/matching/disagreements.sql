-- One row per pair of stars of two surveys whose Gaia ids and positions say different things.
-- disagreement 'same id, apart': one id of the release that both have, but further apart than
-- match_radius() at a common epoch; 'near, different ids': within it, but of two ids.
-- is_same_star: whether matching.star_identities takes them for one star all the same, as it
-- does with one id up to id_match_radius() and where nothing better is near.
-- key: survey_left, source_id_left, survey_right, source_id_right
-- stored: table
create or replace table matching.disagreements as
with
disagreeing as (
    select
        *,
        case
            when ids_agree then 'same id, apart'
            else 'near, different ids'
        end as disagreement
    from matching.candidates
    where not ids_agree or (ids_agree and separation > match_radius())
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
    left_identity.star_id = right_identity.star_id as is_same_star
from disagreeing
inner join matching.survey_stars as l
    on disagreeing.survey_left = l.survey and disagreeing.source_id_left = l.source_id
inner join matching.survey_stars as r
    on disagreeing.survey_right = r.survey and disagreeing.source_id_right = r.source_id
inner join matching.star_identities as left_identity
    on
        disagreeing.survey_left = left_identity.survey
        and disagreeing.source_id_left = left_identity.source_id
inner join matching.star_identities as right_identity
    on
        disagreeing.survey_right = right_identity.survey
        and disagreeing.source_id_right = right_identity.source_id;
