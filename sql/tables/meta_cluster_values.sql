-- One row per value that the literature gives for a cluster, as listed in
-- sql/cluster_values.csv. is_preferred marks the one of a quantity that
-- main.cluster_scatter compares with: where it is known, one that rests on none of our surveys.
-- key: cluster, quantity, source
create table if not exists meta.cluster_values (
    cluster varchar not null,
    quantity varchar not null,
    value double not null,
    is_preferred boolean not null,
    source varchar not null,
    mark varchar not null
);
