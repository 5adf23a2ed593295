-- One row per star and quantity of which surveys disagree beyond errors that hold (chi2 above
-- chi_square_limit: once in a thousand stars by chance), with the two that differ most, and the
-- reasons that are known in words, the likeliest first ('none known' where none is; scale.doubts).
-- probably_off is the survey whose value is not to be trusted: of three and more the one far from
-- the others, of two the one that lies off the isochrone region or whose own rows differ, if the
-- other does not; else NULL. NULL too where the likeliest reason is two stars (a wrong match, a
-- binary), of which each survey may be right, and for radial velocities, as companions change
-- them. main.parameters leaves nothing out for it. Rows of one survey that disagree are in its
-- error already (scale.survey_values), and named by disagreeing of main.parameters.
-- key: star_id, quantity
create or replace view main.disagreeing_stars as
with
doubted as (
    select
        star_id,
        list(
            {
                'reason_order': reason_order,
                'survey': survey,
                'reason': reason,
                'quantity': quantity
            }
        ) as doubts,
        bool_or(reason_order in (3, 4)) as is_binary
    from scale.doubts
    group by star_id
),

doubtful as (
    select
        disagreeing.*,
        list_sort(
            list_filter(
                coalesce(doubted.doubts, []),
                lambda d: coalesce(d.quantity = disagreeing.quantity, true)
            )
            || case
                when disagreeing.velocities_disagree and disagreeing.quantity <> 'radial_velocity'
                    then [
                        {
                            'reason_order': 5,
                            'survey': null::varchar,
                            'reason': 'its radial velocities disagree, too',
                            'quantity': null::varchar
                        }
                    ]
                else []
            end
            || case
                when
                    disagreeing.quantity = 'radial_velocity'
                    and not coalesce(doubted.is_binary, false)
                    then [
                        {
                            'reason_order': 5,
                            'survey': null::varchar,
                            'reason': 'perhaps a companion: velocities of other days differ',
                            'quantity': null::varchar
                        }
                    ]
                else []
            end
            || list_transform(
                coalesce(disagreeing.surveys_off_kiel, []),
                lambda s: {
                    'reason_order': 6,
                    'survey': s,
                    'reason': s || ' lies off the isochrone region (Kiel diagram)',
                    'quantity': null::varchar
                }
            )
            || case
                when not disagreeing.in_range
                    then [
                        {
                            'reason_order': 8,
                            'survey': null::varchar,
                            'reason': 'the calibration knows no such stars',
                            'quantity': null::varchar
                        }
                    ]
                else []
            end
        ) as told,
        -- Low S/N and warnings are told, but accuse nobody: errors that hold know of them.
        list_filter(
            told,
            lambda d: d.reason_order in (6, 7)
            and d.survey in (disagreeing.survey_left, disagreeing.survey_right)
        ) as against
    from scale.disagreeing_values as disagreeing
    left join doubted on disagreeing.star_id = doubted.star_id
)

select
    star_id,
    quantity,
    survey_left,
    survey_right,
    case
        when quantity = 'radial_velocity' or told[1].reason_order <= 5 then null
        when n_surveys > 2 then outlying_survey
        else
            list_filter(
                against,
                lambda d: len(
                    list_filter(
                        against,
                        lambda o: o.reason_order = d.reason_order and o.survey <> d.survey
                    )
                ) = 0
            )[1].survey
    end as probably_off,
    coalesce(told[1].reason, 'none known') as reason,
    case
        when len(told) = 0 then ['none known']
        else list_transform(told, lambda d: d.reason)
    end as reasons,
    n_surveys,
    chi2,
    value_left,
    err_left,
    value_right,
    err_right,
    difference,
    difference_sigma
from doubtful;
