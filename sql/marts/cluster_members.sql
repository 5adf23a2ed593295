-- One row per catalogue row of a star that is a member of a cluster (meta.clusters) by its place
-- and motion. It lies within three half-member radii of an open cluster, or within 50 pc of a
-- globular one, of the order of tidal radii. What is known of its proper motion, parallax (the
-- row's, or else the best that another row of the star has) and radial velocity is within 3 sigma
-- of the cluster's, seen from there (macro shared_pmra). The proper motion must be known, in an
-- open cluster, which may be wide, the parallax as well; but in a globular cluster that moves at
-- over 50 km/s along the line of sight the velocity will do, as few stars of the field share it.
-- Sigma holds the error of the row and, added in quadrature: the motion of stars within the
-- cluster (7 km/s in a globular, 1.5 km/s in an open one) and its depth (its radius, in proper
-- motion and parallax); 0.1 mas/yr, 2 km/s and 0.05 mas for zero points of the surveys.
-- Abundances choose none: their scatter is to be told. The deviations are in sigma, NULL where
-- nothing was known; a row within the cuts of several clusters is of the one that it deviates
-- least from.
-- key: survey, source_id
-- stored: table
create or replace table main.cluster_members as
with
placed as materialized (
    select
        *,
        case cluster_kind
            when 'open' then 3 * radius
            else degrees(atan2(50, distance))
        end as search_radius,
        case cluster_kind when 'open' then 1.5 else 7.0 end as velocity_spread,
        coalesce(tan(radians(radius)), 0) as depth,
        coalesce(parallax, 1000 / distance) as parallax_there
    from meta.clusters
),

-- Cells of order 6 are 0.9 degrees wide: none has a corner 1.5 degrees from its middle.
cells as materialized (
    select
        cell,
        healpix_to_radec(6, cell) as middle
    from (select distinct healpix_parent(29, healpix, 6) as cell from main.stars)
),

near_cells as materialized (
    select
        placed.cluster,
        cells.cell
    from placed
    inner join cells
        on
            angular_separation(placed.ra, placed."dec", cells.middle.ra, cells.middle."dec")
            <= 3600 * (placed.search_radius + 1.5)
),

near as materialized (
    select
        stars.star_id,
        placed.*,
        angular_separation(stars.ra, stars."dec", placed.ra, placed."dec") as distance_from_centre
    from main.stars as stars
    inner join near_cells on healpix_parent(29, stars.healpix, 6) = near_cells.cell
    inner join placed on near_cells.cluster = placed.cluster
    where distance_from_centre <= 3600 * placed.search_radius
),

rows as (
    select
        near.*,
        measured.survey,
        measured.source_id,
        measured.is_best,
        measured.is_clean,
        measured.ra as row_ra,
        measured."dec" as row_dec,
        measured.radial_velocity as row_velocity,
        measured.radial_velocity_err as row_velocity_err,
        case
            when measured.pmra is not null and measured.pmdec is not null
                then {
                    'pmra': measured.pmra::double,
                    'pmdec': measured.pmdec::double,
                    'pmra_err': measured.pmra_err::double,
                    'pmdec_err': measured.pmdec_err::double
                }
        end as own_motion,
        case
            when measured.parallax is not null and measured.parallax_err is not null
                then {
                    'value': measured.parallax::double,
                    'err': measured.parallax_err::double
                }
        end as own_parallax
    from near
    inner join main.measurements as measured on near.star_id = measured.star_id
),

-- arg_min passes over rows without the error that ranks them.
with_motion as (
    select
        *,
        coalesce(own_motion, arg_min(own_motion, own_motion.pmra_err) over of_star) as motion,
        coalesce(own_parallax, arg_min(own_parallax, own_parallax.err) over of_star)
            as parallax_known
    from rows
    window of_star as (partition by cluster, star_id)
),

compared as (
    select
        cluster,
        cluster_kind,
        star_id,
        survey,
        source_id,
        distance_from_centre as separation,
        is_best,
        is_clean,
        pow(velocity_spread / transverse_velocity(1, distance), 2) + pow(0.1, 2)
        + (pow(pmra, 2) + pow(pmdec, 2)) * pow(depth, 2) as motion_spread_squared,
        sqrt(
            pow(
                motion.pmra - shared_pmra(
                    row_ra, row_dec, ra, "dec",
                    pmra, pmdec, radial_velocity, distance
                ), 2
            ) / (motion_spread_squared + pow(coalesce(motion.pmra_err, 0), 2))
            + pow(
                motion.pmdec - shared_pmdec(
                    row_ra, row_dec, ra, "dec",
                    pmra, pmdec, radial_velocity, distance
                ), 2
            ) / (motion_spread_squared + pow(coalesce(motion.pmdec_err, 0), 2))
        ) as motion_deviation,
        radial_velocity as velocity_there,
        abs(
            row_velocity - shared_radial_velocity(
                row_ra, row_dec, ra, "dec",
                pmra, pmdec, radial_velocity, distance
            )
        ) / sqrt(
            pow(velocity_spread, 2) + pow(2, 2)
            + pow(coalesce(row_velocity_err, 0), 2)
        ) as velocity_deviation,
        abs(parallax_known.value - parallax_there) / sqrt(
            pow(0.05, 2) + pow(parallax_there * depth, 2)
            + pow(parallax_known.err, 2)
        ) as parallax_deviation
    from with_motion
)

select * exclude (motion_spread_squared, velocity_there)
from compared
where
    case
        when cluster_kind = 'open'
            then motion_deviation is not null and parallax_deviation is not null
        when abs(velocity_there) > 50
            then coalesce(motion_deviation, velocity_deviation) is not null
        else motion_deviation is not null
    end
    and coalesce(greatest(motion_deviation, velocity_deviation, parallax_deviation) <= 3, true)
qualify row_number() over (
    partition by survey, source_id
    order by greatest(motion_deviation, velocity_deviation, parallax_deviation), cluster
) = 1
order by cluster, survey, source_id;
