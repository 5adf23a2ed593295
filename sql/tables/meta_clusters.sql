-- One row per star cluster whose members are sought, as listed in sql/clusters.csv: its centre
-- (J2000), size, distance and motion. radius holds half of the members of an open cluster.
-- Abundances of the literature: meta.cluster_values.
-- key: cluster
create table if not exists meta.clusters (
    cluster varchar not null,
    other_name varchar,
    cluster_kind varchar not null,
    ra double not null,
    "dec" double not null,
    radius double,
    distance double not null,
    distance_err double,
    parallax double,
    pmra double not null,
    pmdec double not null,
    radial_velocity double,
    radial_velocity_err double,
    age double,
    ebv double,
    a_v double,
    source varchar not null,
    mark varchar not null
);
