-- One row per catalogue row whose id reaches further than id_match_radius() in its survey, or
-- whose rows are of several epochs and may have moved: where it was at the last of them, by
-- its own proper motion, else by that of the first row that has one. x, y and z are the same
-- as a unit vector, which knows no poles and no RA 0.
-- key: survey, source_id
create or replace view matching.spread_rows as
with
ids as (
    select
        survey,
        source_id,
        survey_star_id,
        ra,
        "dec",
        epoch,
        case when has_motion(pmra, pmdec, epoch) then { 'ra': pmra, 'dec': pmdec } end as motion,
        cos(radians("dec")) * cos(radians(ra)) as x,
        cos(radians("dec")) * sin(radians(ra)) as y,
        sin(radians("dec")) as z
    from staging.all_surveys
),

-- By their hash, and by what numbers alone can tell: of seven million ids nothing else fits
-- into memory. Nearly all reach less far than the radius; what reaches less than 0.4 of it in
-- ra and in dec reaches less than it in x, y and z together (square root of 6).
suspected as materialized (
    select hash(ids.survey, ids.survey_star_id) as id_hash
    from ids
    semi join matching.shared_ids as shared
        on hash(ids.survey, ids.survey_star_id) = shared.id_hash
    group by id_hash
    having
        greatest(max(ids.ra) - min(ids.ra), max(ids.dec) - min(ids.dec))
        > 0.4 * id_match_radius() / 3600
        or (min(ids.epoch) < max(ids.epoch) and count(ids.motion) > 0)
),

suspects as materialized (
    select ids.*
    from ids
    semi join suspected
        on hash(ids.survey, ids.survey_star_id) = suspected.id_hash
),

wide as materialized (
    select
        survey,
        survey_star_id,
        arg_min(motion, source_id) as motion,
        max(epoch) as epoch
    from suspects
    group by survey, survey_star_id
    having
        pow(max(x) - min(x), 2) + pow(max(y) - min(y), 2) + pow(max(z) - min(z), 2)
        > pow(radians(id_match_radius() / 3600), 2)
        or (min(epoch) < max(epoch) and count(motion) > 0)
),

moving as (
    select
        ids.survey,
        ids.survey_star_id,
        ids.source_id,
        ids.ra,
        ids."dec",
        ids.epoch,
        wide.epoch as to_epoch,
        case when ids.epoch is not null then coalesce(ids.motion, wide.motion) end as motion
    from suspects as ids
    inner join wide
        on ids.survey = wide.survey and ids.survey_star_id = wide.survey_star_id
),

moved as (
    select
        survey,
        survey_star_id,
        source_id,
        propagate_ra(ra, "dec", motion.ra, motion.dec, epoch, to_epoch) as ra,
        propagate_dec(ra, "dec", motion.ra, motion.dec, epoch, to_epoch) as "dec"
    from moving
)

select
    *,
    cos(radians("dec")) * cos(radians(ra)) as x,
    cos(radians("dec")) * sin(radians(ra)) as y,
    sin(radians("dec")) as z
from moved;
