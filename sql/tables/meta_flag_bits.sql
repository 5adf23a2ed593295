-- One row per named bit of a survey's quality flags, as listed in sql/flag_bits.csv.
-- key: survey, flag, bit
create table if not exists meta.flag_bits (
    survey varchar not null,
    flag varchar not null,
    bit integer not null,
    name varchar not null,
    severity varchar,
    rejects boolean not null,
    description varchar
);
