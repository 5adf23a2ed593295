-- One row per star and quantity (Teff, log g, [Fe/H], [alpha/Fe], radial velocity) of which surveys
-- disagree beyond errors that hold: chi2 is above chi_square_limit. The two sides are the surveys
-- that differ most, in sigma, in order of name. outlying_survey, of three and more, is the one
-- without which the others agree best, if they do. surveys_off_kiel are those whose own Teff and
-- log g no star has. A survey without an error is never said to disagree.
-- key: star_id, quantity
create or replace view scale.disagreeing_values as
with
shared as (
    select
        star_id,
        quantity,
        n_surveys,
        chi2,
        in_range,
        "value",
        list_transform(
            list_zip(surveys, survey_values, survey_errs),
            lambda e: { 'survey': e[1], 'value': e[2], 'err': e[3] }
        ) as entries,
        chi2 > chi_square_limit(n_surveys - 1) as disagree
    from scale.star_values
    where quantity in ('teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity')
),

beside as (
    select
        *,
        any_value(entries) filter (where quantity = 'teff') over star as of_teff,
        any_value(entries) filter (where quantity = 'logg') over star as of_logg,
        bool_or(disagree and quantity = 'radial_velocity') over star as velocities_disagree
    from shared
    window star as (partition by star_id)
),

-- Weights, and distances from the mean: sums of squares of values as they are would round.
weighed as (
    select
        *,
        list_transform(
            entries,
            lambda e: { 'survey': e.survey, 'off': e."value" - "value", 'weight': pow(e.err, -2) }
        ) as parts,
        list_sum(list_transform(parts, lambda p: p.weight)) as s0,
        list_sum(list_transform(parts, lambda p: p.weight * p.off)) as s1,
        list_sum(list_transform(parts, lambda p: p.weight * p.off * p.off)) as s2
    from beside
    where disagree
),

compared as (
    select
        *,
        list_max(
            flatten(
                list_transform(
                    entries,
                    lambda l: list_transform(
                        list_filter(entries, lambda r: r.survey > l.survey),
                        lambda r: {
                            'sigma': abs(l."value" - r."value")
                            / sqrt(pow(l.err, 2) + pow(r.err, 2)),
                            'l': l,
                            'r': r
                        }
                    )
                )
            )
        ) as furthest,
        -- The chi-square of the others about their own mean.
        list_min(
            list_filter(
                list_transform(
                    parts,
                    lambda p: {
                        'chi2': s2 - p.weight * p.off * p.off
                        - pow(s1 - p.weight * p.off, 2) / (s0 - p.weight),
                        'survey': p.survey
                    }
                ),
                lambda o: o.chi2 <= chi_square_limit(n_surveys - 2)
            )
        ) as outlying
    from weighed
)

select
    star_id,
    quantity,
    furthest.l.survey as survey_left,
    furthest.r.survey as survey_right,
    case when n_surveys > 2 then outlying.survey end as outlying_survey,
    list_transform(
        list_filter(
            of_teff,
            lambda t: len(
                list_filter(
                    of_logg,
                    lambda g: g.survey = t.survey and not in_kiel_region(t."value", g."value")
                )
            ) > 0
        ),
        lambda t: t.survey
    ) as surveys_off_kiel,
    n_surveys,
    chi2,
    furthest.l."value" as value_left,
    furthest.l.err as err_left,
    furthest.r."value" as value_right,
    furthest.r.err as err_right,
    furthest.l."value" - furthest.r."value" as difference,
    furthest.sigma as difference_sigma,
    velocities_disagree,
    in_range
from compared;
