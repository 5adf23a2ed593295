-- One row per star and group for which learning reports its figures separately.
-- giant and dwarf by the median Teff and log g of the star's clean rows (macro
-- giant_or_dwarf), snr<50 and snr>=50 by the lowest S/N among them, the four combinations of
-- both ('giant, snr<50'), and bins of S/N ('snr 50 to 100').
-- key: star_id, stratum
create or replace view main.star_strata as
with
stars as (
    select
        star_id,
        giant_or_dwarf(median(teff), median(logg)) as kind,
        case
            when min(snr) < 50 then 'snr<50'
            when min(snr) >= 50 then 'snr>=50'
        end as noise,
        case
            when min(snr) < 20 then 'snr 0 to 20'
            when min(snr) < 50 then 'snr 20 to 50'
            when min(snr) < 100 then 'snr 50 to 100'
            when min(snr) < 200 then 'snr 100 to 200'
            when min(snr) >= 200 then 'snr 200 to inf'
        end as snr_bin
    from main.measurements
    where is_best and is_clean
    group by star_id
)

select
    star_id,
    -- without NULL; that no group stands there twice is to be seen here
    unnest(list_distinct([kind, noise, kind || ', ' || noise, snr_bin])) as stratum
from stars;
