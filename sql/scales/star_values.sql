-- One row per star and quantity: the mean of its surveys' values (robust_weights), its error, and
-- how well they agree: chi2, of n_surveys - 1 degrees of freedom, where all of them have errors.
-- Where they disagree beyond chance the error is as large as that (disagreement_factor). disagrees
-- says so, and also where rows of one survey do, whose error is larger for it already
-- (scale.survey_values). A velocity that changes from row to row, as that of a binary does, is the
-- star's and not the survey's: what rows of one survey scatter is in the errors of all.
-- Values out of the range of the calibration count only where none is within; of two releases of
-- the same spectra the newer counts (newer_release). surveys, weights, survey_values and
-- survey_errs are lists of one order.
-- key: star_id, quantity
create or replace view scale.star_values as
with
entries_of_surveys as (
    select
        star_id,
        quantity,
        in_range,
        {
            'survey': survey,
            'value': "value",
            'err': err,
            'n_rows': n_rows,
            'scatter': row_scatter
        } as entry
    from scale.survey_values
),

listed as (
    select
        star_id,
        quantity,
        bool_or(in_range) as in_range,
        list(entry) filter (where in_range) as inside,
        list(entry) filter (where not in_range) as outside
    from entries_of_surveys
    group by star_id, quantity
),

of_releases as (
    select
        * exclude (inside, outside),
        case when in_range then inside else outside end as found,
        list_transform(found, lambda e: e.survey) as seen_by
    from listed
),

newest as (
    select
        * exclude (found, seen_by),
        case
            when len(found) > 1
                then list_sort(
                    list_filter(
                        found,
                        lambda e: not coalesce(
                            list_contains(seen_by, newer_release(e.survey)), false
                        )
                    )
                )
            else found
        end as counting,
        len(counting) as n_surveys,
        list_max(list_transform(counting, lambda e: e.scatter)) as scatter
    from of_releases
),

counted as (
    select
        * exclude (counting),
        case
            when n_surveys > 1 and scatter > 0 and quantity = 'radial_velocity'
                then list_transform(
                    counting,
                    lambda e: {
                        'survey': e.survey,
                        'value': e."value",
                        'err': sqrt(
                            pow(e.err, 2) + (pow(scatter, 2) - pow(e.scatter, 2)) / e.n_rows
                        ),
                        'n_rows': e.n_rows,
                        'scatter': e.scatter
                    }
                )
            else counting
        end as entries,
        -- Most stars were seen by one survey: nothing is to be weighed there.
        case
            when n_surveys > 1
                then robust_weights(
                    list_transform(entries, lambda e: e.value),
                    list_transform(entries, lambda e: e.err)
                )
        end as raw_weights,
        list_sum(raw_weights) as total
    from newest
),

averaged as (
    select
        * exclude (raw_weights),
        case
            when n_surveys = 1 then [1.0::double]
            else list_transform(raw_weights, lambda w: w / total)
        end as weights,
        case
            when n_surveys = 1 then entries[1].value
            else list_inner_product(list_transform(entries, lambda e: e.value), weights)
        end as "value"
    from counted
),

compared as (
    select
        *,
        case
            when n_surveys > 1 and list_count(list_transform(entries, lambda e: e.err)) = n_surveys
                then list_sum(
                    list_transform(entries, lambda e: pow((e.value - "value") / e.err, 2))
                )
        end as chi2
    from averaged
)

select
    star_id,
    quantity,
    "value",
    case
        when n_surveys = 1 then entries[1].err
        else sqrt(
            list_sum(list_transform(list_zip(entries, weights), lambda z: pow(z[1].err * z[2], 2)))
        ) * disagreement_factor(chi2, n_surveys - 1)
    end as err,
    n_surveys,
    chi2,
    list_transform(entries, lambda e: e.survey) as surveys,
    weights,
    list_transform(entries, lambda e: e.value) as survey_values,
    list_transform(entries, lambda e: e.err) as survey_errs,
    coalesce(chi2 > chi_square_limit(n_surveys - 1), false) or scatter > 0 as disagrees,
    in_range
from compared;
