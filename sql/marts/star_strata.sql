-- One row per star and group for which learning reports its figures separately.
-- giant and dwarf by the median Teff and log g of the star's clean rows (macro
-- giant_or_dwarf), snr<50 and snr>=50 by the lowest S/N among them, and the four
-- combinations of both ('giant, snr<50').
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
        end as noise
    from main.measurements
    where is_best and is_clean
    group by star_id
)

select
    star_id,
    kind as stratum
from stars
where kind is not null
union all
select
    star_id,
    noise as stratum
from stars
where noise is not null
union all
select
    star_id,
    kind || ', ' || noise as stratum
from stars
where kind is not null and noise is not null;
