-- One row per value of a clean catalogue row, on the scale of the reference. terms are those of
-- trend_terms at the star's place and the row's S/N, held where the trends were fitted. in_range
-- is false where the star lies beyond that, or has no place, or its survey shares too few stars
-- with the others: the value is then as it was measured, and what is usually added (zero_point)
-- is its correction_err. err is the error that holds, with that of the correction; random_err is
-- the part of it that another observation by the same survey would average out.
-- key: survey, source_id, quantity
create or replace view scale.values as
with
placed as (
    select
        measured_values.*,
        -- Lists of no correction, as list_inner_product takes no NULL beside others.
        coalesce(corrections.coefficients, []) as coefficients,
        coalesce(corrections.covariances, []) as covariances,
        corrections.zero_point,
        measured_values.survey = in_use.reference as is_reference,
        corrections.coefficients is not null and corrections.teff_least is null as is_constant,
        trend_terms(
            held(places.teff, corrections.teff_low, corrections.teff_high),
            held(places.logg, corrections.logg_low, corrections.logg_high),
            held(places.fe_h, corrections.fe_h_low, corrections.fe_h_high),
            held(measured_values.snr, corrections.snr_low, corrections.snr_high)
        ) as place_terms,
        coalesce(
            places.teff between corrections.teff_least and corrections.teff_most
            and places.logg between
            coalesce(corrections.logg_least, '-inf') and coalesce(corrections.logg_most, 'inf')
            and places.fe_h between
            coalesce(corrections.fe_h_least, '-inf') and coalesce(corrections.fe_h_most, 'inf'),
            false
        ) as is_covered,
        holding_err(
            measured_err,
            factors.factor,
            factors.floor_err,
            factors.missing_err,
            factors.least_err
        ) as whole_err,
        least(
            whole_err,
            holding_err(
                measured_err,
                coalesce(factors.repeat_factor, factors.factor),
                case when factors.repeat_factor is null then factors.floor_err end,
                factors.missing_err,
                case when factors.repeat_factor is null then factors.least_err end
            )
        ) as random_err
    from main.measured_values
    cross join scale.in_use
    left join scale.places on measured_values.star_id = places.star_id
    left join scale.corrections
        on
            measured_values.survey = corrections.survey
            and measured_values.quantity = corrections.quantity
    left join scale.factors
        on
            measured_values.survey = factors.survey
            and measured_values.quantity = factors.quantity
            and coalesce(places.stage_group, 'all') = factors.stage_group
            and coalesce(measured_values.snr, 0) >= factors.snr_low
            and coalesce(measured_values.snr, 0) < factors.snr_high
),

with_terms as (
    select
        * exclude (place_terms, is_covered),
        case
            when is_constant then [1.0::double] || repeat([0.0::double], len(coefficients) - 1)
            when is_covered then place_terms
            else []
        end as terms,
        is_reference or is_constant or is_covered as in_range
    from placed
),

corrected as (
    select
        * exclude (is_reference, is_constant, zero_point),
        list_inner_product(
            list_slice(coefficients, 1, len(terms)), list_slice(terms, 1, len(coefficients))
        ) as correction,
        case
            when not in_range then coalesce(abs(zero_point), 0)
            else sqrt(
                greatest(
                    list_inner_product(
                        list_slice(terms, 1, len(covariances)),
                        list_transform(
                            list_slice(covariances, 1, len(terms)),
                            lambda line: list_inner_product(line, list_slice(terms, 1, len(line)))
                        )
                    ),
                    0
                )
            )
        end as correction_err
    from with_terms
)

select
    star_id,
    survey,
    source_id,
    snr,
    quantity,
    measured,
    measured_err,
    coefficients,
    terms,
    correction,
    correction_err,
    measured + correction as value,
    sqrt(pow(whole_err, 2) + pow(coalesce(correction_err, 0), 2)) as err,
    random_err,
    in_range
from corrected;
