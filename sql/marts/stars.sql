-- One row per physical star with a position, clustered by healpix: who saw it and where. The
-- position is that of its first survey (APOGEE, GALAH, LAMOST, others), at its epoch; the
-- Gaia ids are the first known ones in the same order. star_id and has_conflict: see
-- matching.star_numbers.
-- key: star_id
-- stored: table
create or replace table main.stars as
with
members as (
    select
        numbers.star_id,
        numbers.has_conflict,
        stars.*
    from matching.star_numbers as numbers
    inner join matching.survey_stars as stars on numbers.position_id = stars.position_id
),

shared as (
    select star_id
    from matching.star_numbers
    group by star_id
    having count(*) > 1
),

-- Most stars were seen by one survey: nothing is to be chosen there.
placed as (
    select
        members.*,
        row_number() over (
            partition by members.star_id
            order by survey_rank(members.survey), members.survey
        ) as place
    from members
    semi join shared on members.star_id = shared.star_id
),

stars as (
    select
        star_id,
        arg_min(gaia_dr3_source_id, place) as gaia_dr3_source_id,
        arg_min(gaia_dr2_source_id, place) as gaia_dr2_source_id,
        max(healpix) filter (where place = 1) as healpix,
        max(source_id) filter (where survey = 'apogee') as apogee_source_id,
        max(source_id) filter (where survey = 'galah') as galah_source_id,
        max(source_id) filter (where survey = 'lamost') as lamost_source_id,
        max(ra) filter (where place = 1) as ra,
        max("dec") filter (where place = 1) as "dec",
        max(epoch) filter (where place = 1) as epoch,
        count(*) as n_surveys,
        list(survey order by place) as surveys,
        bool_or(has_conflict) as has_conflict
    from placed
    group by star_id
    union all
    select
        members.star_id,
        gaia_dr3_source_id,
        gaia_dr2_source_id,
        healpix,
        case survey when 'apogee' then source_id end as apogee_source_id,
        case survey when 'galah' then source_id end as galah_source_id,
        case survey when 'lamost' then source_id end as lamost_source_id,
        ra,
        "dec",
        epoch,
        1 as n_surveys,
        [survey] as surveys,
        coalesce(has_conflict, false) as has_conflict
    from members
    anti join shared on members.star_id = shared.star_id
)

select *
from stars
order by healpix, star_id;
