-- overlaps counts the stars that both surveys of a pair saw.
-- severity: fail
with
pairs as (
    select
        left_survey.survey as survey_left,
        right_survey.survey as survey_right,
        count(*) as n_stars
    from (
        select
            star_id,
            unnest(surveys) as survey
        from main.stars
    ) as left_survey
    inner join (
        select
            star_id,
            unnest(surveys) as survey
        from main.stars
    ) as right_survey
        on
            left_survey.star_id = right_survey.star_id
            and left_survey.survey < right_survey.survey
    group by all
)

select
    coalesce(pairs.survey_left, counted.survey_left) as survey_left,
    coalesce(pairs.survey_right, counted.survey_right) as survey_right,
    pairs.n_stars as in_stars,
    counted.n_stars as in_overlaps
from pairs
full outer join main."overlaps" as counted
    on
        least(counted.survey_left, counted.survey_right) = pairs.survey_left
        and greatest(counted.survey_left, counted.survey_right) = pairs.survey_right
where coalesce(pairs.n_stars, 0) <> coalesce(counted.n_stars, 0);
