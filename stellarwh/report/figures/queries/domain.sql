-- Stars in cells of 100 K and 0.125 dex of the Kiel plane: how many of them carry a label of
-- the target, and how many predictions of drawn stars lie inside of what the run knows and outside.
with judged as (
    select
        star_id,
        true as is_labelled,
        null::boolean as in_domain
    from held_out_rows
    union all by name
    select
        star_id,
        false as is_labelled,
        in_domain
    from ml.predictions
    cross join drawn_stars
    where run_id = $run_id and target = $target and star_id % drawn_stars.step = 0
),

placed as (
    select
        judged.is_labelled,
        judged.in_domain,
        floor((star_places.teff - 3000) / 100)::integer as x_cell,
        floor((star_places.logg + 0.5) / 0.125)::integer as y_cell
    from judged
    left join star_places on judged.star_id = star_places.star_id
),

counted as (
    select
        x_cell,
        y_cell,
        coalesce(x_cell between 0 and 59 and y_cell between 0 and 47, false) as is_shown,
        count(*) filter (where is_labelled) as n_labelled,
        count(*) filter (where in_domain) as n_inside,
        count(*) filter (where not in_domain) as n_outside
    from placed
    group by x_cell, y_cell
),

predicted as (
    select
        count(*) filter (where in_domain) as all_inside,
        count(*) filter (where not in_domain) as all_outside
    from ml.predictions
    where run_id = $run_id and target = $target
),

totals as (
    select
        sum(n_labelled)::bigint as all_labelled,
        coalesce(
            sum(n_labelled + n_inside + n_outside)
                filter (where x_cell is not null and not is_shown),
            0
        )::bigint as n_beyond,
        coalesce(
            sum(n_labelled + n_inside + n_outside) filter (where x_cell is null), 0
        )::bigint as n_placeless
    from counted
)

select
    counted.x_cell,
    counted.y_cell,
    3050.0 + 100 * counted.x_cell as x,
    -0.4375 + 0.125 * counted.y_cell as y,
    counted.n_labelled,
    counted.n_inside,
    counted.n_outside,
    totals.all_labelled,
    predicted.all_inside,
    predicted.all_outside,
    totals.n_beyond,
    totals.n_placeless,
    drawn_stars.step
from counted
cross join totals
cross join predicted
cross join drawn_stars
where counted.is_shown
order by counted.y_cell, counted.x_cell
