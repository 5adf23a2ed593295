-- crossmatch_pairs(left_table, right_table, radius, …): what crossmatch finds before it picks what
-- its mode keeps: id_on_left, id_on_right, separation, magnitude_difference, lacks_motion, and
-- left_place and right_place, which number the rows, for ids may occur twice (0 in mode 'all').
create or replace macro crossmatch_pairs(
    left_table, right_table, radius, mode, left_id, right_id, left_ra, left_dec, right_ra,
    right_dec, epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec,
    left_error, right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
) as table
with stellarwh_left_rows as (
    select
        *,
        case when mode = 'all' then 0 else row_number() over () end as place
    from crossmatch_positions(
        left_table, left_id, left_ra, left_dec, left_epoch, epoch,
        left_pmra, left_pmdec, left_error, left_magnitude
    )
    where valid_options(radius, mode, sigmas, magnitude_limit)
),

stellarwh_right_rows as (
    select
        *,
        case when mode = 'all' then 0 else row_number() over () end as place,
        crossmatch_zone("dec", usable_radius(radius)) as "zone"
    from crossmatch_positions(
        right_table, right_id, right_ra, right_dec, right_epoch, epoch,
        right_pmra, right_pmdec, right_error, right_magnitude
    )
    where valid_options(radius, mode, sigmas, magnitude_limit)
),

stellarwh_right_buckets as (
    select
        * exclude ("zone", n_cells),
        ("zone" * 65536 + least(floor(ra * n_cells / 360::double), n_cells - 1))::integer
            as bucket
    from (
        select
            *,
            crossmatch_cells("zone", usable_radius(radius)) as n_cells
        from stellarwh_right_rows
    )
),

stellarwh_left_zones as (
    select
        *,
        crossmatch_zone(
            "dec" - usable_radius(radius) / 3600::double - 1e-9::double, usable_radius(radius)
        ) as first_zone,
        crossmatch_zone(
            "dec" + usable_radius(radius) / 3600::double + 1e-9::double, usable_radius(radius)
        ) as last_zone
    from stellarwh_left_rows
),

stellarwh_left_cells as (
    select
        *,
        crossmatch_cells("zone", usable_radius(radius)) as n_cells,
        floor(
            (ra - crossmatch_width("zone", usable_radius(radius))) * n_cells / 360::double
        ) as first_cell,
        floor(
            (ra + crossmatch_width("zone", usable_radius(radius))) * n_cells / 360::double
        ) as last_cell
    from (
        select
            * exclude (first_zone, last_zone),
            first_zone as "zone"
        from stellarwh_left_zones
        union all
        select
            * exclude (first_zone, last_zone),
            last_zone as "zone"
        from stellarwh_left_zones
        where last_zone <> first_zone
    )
),

stellarwh_left_buckets as (
    select
        * exclude ("zone", n_cells, first_cell, last_cell),
        (
            "zone" * 65536
            + case
                when n_cells = 1 then 0
                when first_cell < 0 then first_cell + n_cells
                else first_cell
            end
        )::integer as bucket
    from stellarwh_left_cells
    union all
    select
        * exclude ("zone", n_cells, first_cell, last_cell),
        ("zone" * 65536 + case when last_cell < n_cells then last_cell else 0 end)::integer
            as bucket
    from stellarwh_left_cells
    where n_cells > 1 and last_cell <> first_cell
),

stellarwh_pairs as (
    select
        stellarwh_left_buckets.id as id_on_left,
        stellarwh_right_buckets.id as id_on_right,
        stellarwh_left_buckets.place as left_place,
        stellarwh_right_buckets.place as right_place,
        angular_separation(
            stellarwh_left_buckets.ra,
            stellarwh_left_buckets."dec",
            stellarwh_right_buckets.ra,
            stellarwh_right_buckets."dec"
        ) as separation,
        abs(stellarwh_left_buckets.magnitude - stellarwh_right_buckets.magnitude)
            as magnitude_difference,
        stellarwh_left_buckets.lacks_motion or stellarwh_right_buckets.lacks_motion
            as lacks_motion,
        case
            when left_error is null and right_error is null then usable_radius(radius)
            else least(
                usable_radius(radius),
                sigmas::double * sqrt(
                    coalesce(
                        pow(stellarwh_left_buckets.position_error, 2)
                        + pow(stellarwh_right_buckets.position_error, 2),
                        pow(stellarwh_left_buckets.position_error, 2),
                        pow(stellarwh_right_buckets.position_error, 2)
                    )
                )
            )
        end as pair_radius
    from stellarwh_left_buckets
    inner join stellarwh_right_buckets
        on
            stellarwh_left_buckets.bucket = stellarwh_right_buckets.bucket
            and abs(stellarwh_left_buckets."dec" - stellarwh_right_buckets."dec")
            <= usable_radius(radius) / 3600::double + 1e-12::double
)

select * exclude (pair_radius)
from stellarwh_pairs
where
    separation <= pair_radius
    and (
        magnitude_limit is null
        or coalesce(magnitude_difference <= magnitude_limit::double, true)
    );
