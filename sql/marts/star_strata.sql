-- One row per star and group or bin for which learning reports its figures separately; what
-- those are says main.strata. A star is a giant or a dwarf by the median Teff and log g of its
-- clean rows (macro giant_or_dwarf), and of the lowest S/N among them.
-- key: star_id, stratum
create or replace view main.star_strata as
with
stars as (
    select
        star_id,
        giant_or_dwarf(median(teff), median(logg)) as stage_group,
        min(snr) as snr
    from main.measurements
    where is_best and is_clean
    group by star_id
)

select
    stars.star_id,
    strata.stratum
from stars
inner join main.strata as strata
    on
        (strata.stage_group is null or stars.stage_group = strata.stage_group)
        and (
            strata.axis is null
            or (stars.snr >= strata.axis_low and stars.snr < strata.axis_high)
        );
