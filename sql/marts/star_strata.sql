-- One row per star and group for which learning reports its figures separately.
-- giant and dwarf by the median Teff and log g of the star's clean rows (macro
-- evolutionary_state; subgiants count as dwarfs), snr<50 and snr>=50 by its lowest S/N.
-- key: star_id, stratum
create or replace view main.star_strata as
with
stars as (
    select
        star_id,
        evolutionary_state(median(teff), median(logg)) as state,
        min(snr) as lowest_snr
    from main.measurements
    where is_best and is_clean
    group by star_id
)

select
    star_id,
    case when state = 'giant' then 'giant' else 'dwarf' end as stratum
from stars
where state is not null
union all
select
    star_id,
    case when lowest_snr < 50 then 'snr<50' else 'snr>=50' end as stratum
from stars
where lowest_snr is not null;
