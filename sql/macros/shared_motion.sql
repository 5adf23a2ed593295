-- shared_pmra(ra, dec, cluster_ra, …), shared_pmdec(…), shared_radial_velocity(…): how a star at
-- ra, dec appears to move if it shares the motion in space of a cluster at cluster_ra,
-- cluster_dec (degrees), with cluster_pmra (times cos dec), cluster_pmdec (mas/yr),
-- cluster_velocity (radial, km/s) and distance (pc): the velocity of the cluster, seen
-- along the directions of the star (van Leeuwen 2009, A&A 497, 209, appendix A). It matters for
-- wide clusters: across the Hyades the proper motion turns by a third. A radial velocity
-- that is not known adds nothing to proper motions and gives none.
-- transverse_velocity(pm, distance): km/s of a proper motion (mas/yr) at a distance (pc).
create or replace macro transverse_velocity(pm, distance) as
    km_s_per_au_yr() * pm * distance / 1000;

create or replace macro shared_pmra(
    ra, "dec", cluster_ra, cluster_dec, cluster_pmra, cluster_pmdec, cluster_velocity, distance
) as
    cluster_pmra * cos(radians(ra - cluster_ra))
    + cluster_pmdec * sin(radians(cluster_dec)) * sin(radians(ra - cluster_ra))
    - coalesce(cluster_velocity, 0) / transverse_velocity(1, distance)
    * cos(radians(cluster_dec)) * sin(radians(ra - cluster_ra));

create or replace macro shared_pmdec(
    ra, "dec", cluster_ra, cluster_dec, cluster_pmra, cluster_pmdec, cluster_velocity, distance
) as
    cluster_pmdec * (
        cos(radians("dec")) * cos(radians(cluster_dec))
        + sin(radians("dec")) * sin(radians(cluster_dec)) * cos(radians(ra - cluster_ra))
    )
    - cluster_pmra * sin(radians("dec")) * sin(radians(ra - cluster_ra))
    + coalesce(cluster_velocity, 0) / transverse_velocity(1, distance) * (
        cos(radians("dec")) * sin(radians(cluster_dec))
        - sin(radians("dec")) * cos(radians(cluster_dec)) * cos(radians(ra - cluster_ra))
    );

create or replace macro shared_radial_velocity(
    ra, "dec", cluster_ra, cluster_dec, cluster_pmra, cluster_pmdec, cluster_velocity, distance
) as
    cluster_velocity * (
        sin(radians("dec")) * sin(radians(cluster_dec))
        + cos(radians("dec")) * cos(radians(cluster_dec)) * cos(radians(ra - cluster_ra))
    )
    + transverse_velocity(cluster_pmra, distance)
    * cos(radians("dec")) * sin(radians(ra - cluster_ra))
    + transverse_velocity(cluster_pmdec, distance) * (
        sin(radians("dec")) * cos(radians(cluster_dec))
        - cos(radians("dec")) * sin(radians(cluster_dec)) * cos(radians(ra - cluster_ra))
    );
