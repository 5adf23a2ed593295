-- One row per pair of stars of two surveys that may be one star: they lie within
-- match_radius() of each other at a common epoch, or share a Gaia id of the same release.
-- Where the left star's proper motion is known it is moved to the right one's epoch, else
-- the right one to the left one's; is_moved tells whether either was. ids_agree: whether
-- their Gaia ids are the same in the newest release that both have, NULL where none is.
-- Pairs of two surveys that are both unchanged since the last build stay as they are.
-- key: survey_left, source_id_left, survey_right, source_id_right
-- stored: incremental table
create table if not exists matching.candidates ( -- noqa: PRS
    survey_left varchar,
    -- How texts are stored is said: to try out all ways takes DuckDB twice as long.
    source_id_left varchar using compression fsst,
    survey_right varchar,
    source_id_right varchar using compression fsst,
    survey_star_id_left varchar using compression fsst,
    survey_star_id_right varchar using compression fsst,
    is_moved boolean,
    separation double,
    ids_agree boolean,
    matched_by varchar
);

delete from matching.candidates
where
    survey_left not in (select survey from matching.surveys where not is_changed)
    or survey_right not in (select survey from matching.surveys where not is_changed);

insert into matching.candidates by name
with
-- Materialised, one join at a time: without statistics, as within the transaction that
-- builds all tables, DuckDB would first join all stars with all stars. Each pair is there in
-- both directions, so that its left stars are all stars that are in any.
near_stars as materialized (
    select *
    from matching.survey_stars
    where position_id in (select pairs.left_id from matching.met_pairs as pairs)
),

left_stars as materialized (
    select
        pairs.right_id,
        stars.*
    from matching.met_pairs as pairs
    inner join near_stars as stars on pairs.left_id = stars.position_id
),

compared as (
    select
        l.survey as survey_left,
        l.source_id as source_id_left,
        r.survey as survey_right,
        r.source_id as source_id_right,
        l.survey_star_id as survey_star_id_left,
        r.survey_star_id as survey_star_id_right,
        (has_motion(l.pmra, l.pmdec, l.epoch) and r.epoch is not null)
        or (has_motion(r.pmra, r.pmdec, r.epoch) and l.epoch is not null) as is_moved,
        case
            when has_motion(l.pmra, l.pmdec, l.epoch) and r.epoch is not null
                then angular_separation(
                    propagate_ra(l.ra, l.dec, l.pmra, l.pmdec, l.epoch, r.epoch),
                    propagate_dec(l.ra, l.dec, l.pmra, l.pmdec, l.epoch, r.epoch),
                    r.ra,
                    r.dec
                )
            when has_motion(r.pmra, r.pmdec, r.epoch) and l.epoch is not null
                then angular_separation(
                    l.ra,
                    l.dec,
                    propagate_ra(r.ra, r.dec, r.pmra, r.pmdec, r.epoch, l.epoch),
                    propagate_dec(r.ra, r.dec, r.pmra, r.pmdec, r.epoch, l.epoch)
                )
            else angular_separation(l.ra, l.dec, r.ra, r.dec)
        end as separation,
        case
            when l.gaia_dr3_source_id > 0 and r.gaia_dr3_source_id > 0
                then l.gaia_dr3_source_id = r.gaia_dr3_source_id
            when l.gaia_dr2_source_id > 0 and r.gaia_dr2_source_id > 0
                then l.gaia_dr2_source_id = r.gaia_dr2_source_id
        end as ids_agree,
        case
            when not coalesce(ids_agree, false) then 'position'
            when l.gaia_dr3_source_id = r.gaia_dr3_source_id then 'gaia_dr3'
            else 'gaia_dr2'
        end as matched_by
    from left_stars as l
    inner join near_stars as r on l.right_id = r.position_id
    where l.survey < r.survey
)

select *
from compared
where separation <= match_radius() or matched_by <> 'position';
