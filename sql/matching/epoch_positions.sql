-- One row per survey star and epoch at which a survey gives positions: where the star then
-- was. A star without a proper motion (or epoch) has one row, with the epoch NULL: as far as
-- is known it stands still.
-- key: position_id, epoch
create or replace view matching.epoch_positions as
with
epochs as (
    select distinct epoch
    from matching.survey_stars
    where epoch is not null
),

moved as (
    select
        stars.survey,
        stars.position_id,
        epochs.epoch,
        propagate_ra(stars.ra, stars.dec, stars.pmra, stars.pmdec, stars.epoch, epochs.epoch)
            as ra,
        propagate_dec(stars.ra, stars.dec, stars.pmra, stars.pmdec, stars.epoch, epochs.epoch)
            as "dec"
    from matching.survey_stars as stars
    inner join epochs on stars.epoch <> epochs.epoch
    where has_motion(stars.pmra, stars.pmdec, stars.epoch)
)

select
    survey,
    position_id,
    epoch,
    ra,
    "dec",
    healpix_nested(29, ra, "dec") as healpix
from moved
union all
select
    survey,
    position_id,
    case when has_motion(pmra, pmdec, epoch) then epoch end as epoch,
    ra,
    "dec",
    healpix
from matching.survey_stars;
