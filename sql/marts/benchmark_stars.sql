-- One row per catalogue row of a Gaia FGK benchmark star (meta.benchmark_stars): found by
-- position, moved to the epoch of the row by the star's proper motion, or by the row's own where
-- the star's is not known here. It must lie within 3 arcsec plus three years of that motion, as
-- positions that APOGEE and LAMOST give for 2000 were taken up to three years off, and the
-- best agreeing of G, J and Ks, where both know one, within 1 mag. A row is the nearest star's.
-- key: survey, source_id
-- stored: table
create or replace table main.benchmark_stars as
with
placed as (
    select
        *,
        -- as wide as a quarter of a degree, so that the cells around hold what has moved
        healpix_nested(8, ra, "dec") as cell
    from meta.benchmark_stars
    where ra is not null
),

around as materialized (
    select distinct
        benchmark,
        unnest(list_append(healpix_neighbours(8, cell), cell)) as cell
    from placed
),

near as materialized (
    select
        stars.star_id,
        around.benchmark
    from main.stars as stars
    inner join around on healpix_parent(29, stars.healpix, 8) = around.cell
),

moved as (
    select
        near.benchmark,
        placed.hd,
        placed.hip,
        near.star_id,
        measured.survey,
        measured.source_id,
        measured.is_best,
        measured.is_clean,
        coalesce(placed.pmra, measured.pmra) as pmra_used,
        coalesce(placed.pmdec, measured.pmdec) as pmdec_used,
        angular_separation(
            measured.ra,
            measured."dec",
            propagate_ra(
                placed.ra, placed."dec", pmra_used, pmdec_used, 2000.0::double, measured.epoch
            ),
            propagate_dec(
                placed.ra, placed."dec", pmra_used, pmdec_used, 2000.0::double, measured.epoch
            )
        ) as separation,
        least(
            abs(measured.g_mag - placed.g_mag),
            abs(measured.j_mag - placed.j_mag),
            abs(measured.ks_mag - placed.ks_mag)
        ) as magnitude_difference
    from near
    inner join placed on near.benchmark = placed.benchmark
    inner join main.measurements as measured on near.star_id = measured.star_id
)

select
    benchmark,
    hd,
    hip,
    star_id,
    survey,
    source_id,
    separation,
    magnitude_difference,
    is_best,
    is_clean
from moved
where
    separation <= 3 + coalesce(3 * sqrt(pow(pmra_used, 2) + pow(pmdec_used, 2)) / 1000, 0)
    and coalesce(magnitude_difference <= 1, true)
qualify row_number() over (
    partition by survey, source_id
    order by separation, benchmark
) = 1
order by benchmark, survey, source_id;
