-- One row per physical star with a position, clustered by healpix: who saw it and where. The
-- position is that of its first survey (APOGEE, GALAH, LAMOST, others), at its epoch; the
-- Gaia ids are the first known ones in the same order. has_conflict: see
-- matching.star_identities.
-- key: star_id
-- stored: table
create or replace table main.stars as
with
members as (
    select
        identities.star_id,
        identities.has_conflict,
        stars.*,
        row_number() over (
            partition by identities.star_id
            order by survey_rank(stars.survey), stars.survey
        ) as place
    from matching.star_identities as identities
    inner join matching.survey_stars as stars
        on
            identities.survey = stars.survey
            and identities.survey_star_id = stars.survey_star_id
)

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
from members
group by star_id
order by healpix, star_id;
