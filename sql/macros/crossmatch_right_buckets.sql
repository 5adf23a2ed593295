-- crossmatch_right_buckets(table_name, …, radius): what crossmatch compares of its right side, each
-- row with the bucket (crossmatch_zones) that it is in.
create or replace macro crossmatch_right_buckets(
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
select
    * exclude ("zone", n_cells),
    ("zone" * 65536 + least(floor(ra * n_cells / 360::double), n_cells - 1))::integer
        as bucket
from (
    select
        *,
        crossmatch_cells("zone", usable_radius(radius)) as n_cells
    from (
        select
            *,
            crossmatch_zone("dec", usable_radius(radius)) as "zone"
        from crossmatch_positions(
            table_name, id_name, ra_name, dec_name, epoch_named, common_epoch, pmra_name,
            pmdec_name, error_name, magnitude_name
        )
    )
);
