-- One row per Gaia FGK benchmark star, as listed in sql/benchmark_stars.csv: where it is (J2000,
-- at the epoch 2000) and how it moves; the Sun has no place. Its reference values:
-- meta.benchmark_values.
-- key: benchmark
create table if not exists meta.benchmark_stars (
    benchmark varchar not null,
    hd bigint,
    hip bigint,
    ra double,
    "dec" double,
    pmra double,
    pmdec double,
    motion_source varchar,
    parallax double,
    parallax_source varchar,
    g_mag double,
    j_mag double,
    ks_mag double,
    mark varchar not null
);
