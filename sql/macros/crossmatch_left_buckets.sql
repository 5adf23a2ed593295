-- crossmatch_left_buckets(table_name, …, radius): what crossmatch compares of its left side, each
-- row once for every bucket (crossmatch_zones) that a partner within the radius may be in;
-- "place" numbers the rows.
create or replace macro crossmatch_left_buckets(
    table_name,
    id_name,
    ra_name,
    dec_name,
    epoch_named,
    common_epoch,
    pmra_name,
    pmdec_name,
    error_name,
    magnitude_name,
    radius
) as table
with stellarwh_left_zones as (
    select
        *,
        crossmatch_zone(
            "dec" - usable_radius(radius) / 3600::double - 1e-9::double, usable_radius(radius)
        ) as first_zone,
        crossmatch_zone(
            "dec" + usable_radius(radius) / 3600::double + 1e-9::double, usable_radius(radius)
        ) as last_zone
    from (
        select
            *,
            row_number() over () as place
        from crossmatch_positions(
            table_name, id_name, ra_name, dec_name, epoch_named, common_epoch, pmra_name,
            pmdec_name, error_name, magnitude_name
        )
    )
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
)

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
where n_cells > 1 and last_cell <> first_cell;
