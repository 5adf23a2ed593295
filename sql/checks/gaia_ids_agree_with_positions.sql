-- Of the pairs of two surveys with Gaia ids to compare, at most 1 percent are near with
-- different ids or of one id beyond id_match_radius().
-- severity: warn
select
    survey_left,
    survey_right,
    count(*) filter (where not ids_agree or separation > id_match_radius()) as n_disagreeing,
    count(*) as n_compared
from matching.candidates
where ids_agree is not null
group by survey_left, survey_right
having n_disagreeing > 0.01 * n_compared;
