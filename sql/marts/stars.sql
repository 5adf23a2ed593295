-- One row per physical star with a position, clustered by healpix: who saw it and where. The
-- position is that of its first survey (APOGEE, GALAH, LAMOST, others), at its epoch; the
-- Gaia ids are the first known ones in the same order. star_id and has_conflict: see
-- matching.star_numbers.
-- key: star_id
-- stored: table
create or replace table main.stars ( -- noqa: PRS
    star_id bigint,
    gaia_dr3_source_id bigint,
    gaia_dr2_source_id bigint,
    healpix bigint,
    -- How texts are stored is said: to try out all ways takes DuckDB twice as long.
    apogee_source_id varchar using compression fsst,
    galah_source_id varchar,
    lamost_source_id varchar using compression fsst,
    ra double,
    "dec" double,
    epoch double,
    n_surveys bigint,
    surveys varchar[],
    has_conflict boolean
);

insert into main.stars by name
with
-- Most stars were seen by one survey: nothing is to be chosen there.
linked as (
    select
        numbers.star_id,
        numbers.has_conflict,
        stars.*
    from matching.survey_stars as stars
    inner join matching.star_numbers as numbers on stars.position_id = numbers.position_id
    where stars.position_id in (select links.position_id from matching.links as links)
),

placed as materialized (
    select
        *,
        row_number() over (
            partition by star_id
            order by survey_rank(survey), survey
        ) as place
    from linked
),

merged as (
    select
        arg_min(position_id, place) as position_id,
        arg_min(gaia_dr3_source_id, place) as gaia_dr3_source_id,
        arg_min(gaia_dr2_source_id, place) as gaia_dr2_source_id,
        max(source_id) filter (where survey = 'apogee') as apogee_source_id,
        max(source_id) filter (where survey = 'galah') as galah_source_id,
        max(source_id) filter (where survey = 'lamost') as lamost_source_id,
        count(*) as n_surveys,
        list(survey order by place) as surveys,
        bool_or(has_conflict) as has_conflict
    from placed
    group by star_id
),

members as materialized (
    select
        placed.place,
        placed.position_id,
        merged.* exclude (position_id)
    from placed
    left join merged on placed.position_id = merged.position_id
)

select
    numbers.star_id,
    coalesce(members.gaia_dr3_source_id, stars.gaia_dr3_source_id) as gaia_dr3_source_id,
    coalesce(members.gaia_dr2_source_id, stars.gaia_dr2_source_id) as gaia_dr2_source_id,
    stars.healpix,
    coalesce(
        members.apogee_source_id, case stars.survey when 'apogee' then stars.source_id end
    ) as apogee_source_id,
    coalesce(members.galah_source_id, case stars.survey when 'galah' then stars.source_id end)
        as galah_source_id,
    coalesce(
        members.lamost_source_id, case stars.survey when 'lamost' then stars.source_id end
    ) as lamost_source_id,
    stars.ra,
    stars."dec",
    stars.epoch,
    coalesce(members.n_surveys, 1) as n_surveys,
    coalesce(members.surveys, [stars.survey]) as surveys,
    coalesce(members.has_conflict, false) as has_conflict
from matching.survey_stars as stars
inner join matching.star_numbers as numbers on stars.position_id = numbers.position_id
left join members on stars.position_id = members.position_id
where coalesce(members.place, 1) = 1
order by stars.healpix, numbers.star_id;
