-- One row per reference value of a benchmark star, as listed in sql/benchmark_values.csv:
-- edition v2.1 is that of Jofré et al. 2018, v3 that of Soubiran et al. 2024. mark is 'S' where
-- the value was read in its source, 'R' where it was recalled.
-- key: benchmark, edition, quantity
create table if not exists meta.benchmark_values (
    benchmark varchar not null,
    edition varchar not null,
    quantity varchar not null,
    value double not null,
    err double,
    is_recommended boolean not null,
    source varchar not null,
    mark varchar not null
);
