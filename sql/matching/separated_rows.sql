-- One row per catalogue row whose id other rows of its survey have that lie elsewhere: an id
-- joins rows only within id_match_radius() of each other, moved to one epoch. The place of the
-- first row by source_id keeps the id (its rows are not here); each other place is a star of
-- its own, id@source_id of its first row. So is a row without a position, as nobody knows which
-- star it is. separation (arcsec) is the distance from the first row.
-- key: survey, source_id
-- stored: table
create or replace table matching.separated_rows as
with
rows_of_ids as materialized (
    select * from matching.spread_rows
),

-- Places are told apart by gaps wider than the radius in x, then in y, then in z: sorting
-- takes n log n for a filler that a million rows share; comparing all pairs would not end.
gaps_in_x as (
    select
        *,
        x - lag(x) over (partition by survey, survey_star_id order by x)
        > radians(id_match_radius() / 3600) as gap_x
    from rows_of_ids
    where ra is not null
),

split_by_x as (
    select
        *,
        count(*) filter (gap_x) over (partition by survey, survey_star_id order by x) as part_x
    from gaps_in_x
),

gaps_in_y as (
    select
        *,
        y - lag(y) over (partition by survey, survey_star_id, part_x order by y)
        > radians(id_match_radius() / 3600) as gap_y
    from split_by_x
),

split_by_y as (
    select
        *,
        count(*) filter (gap_y)
            over (partition by survey, survey_star_id, part_x order by y) as part_y
    from gaps_in_y
),

gaps_in_z as (
    select
        *,
        z - lag(z) over (partition by survey, survey_star_id, part_x, part_y order by z)
        > radians(id_match_radius() / 3600) as gap_z
    from split_by_y
),

split_by_z as (
    select
        *,
        count(*) filter (gap_z)
            over (partition by survey, survey_star_id, part_x, part_y order by z) as part_z
    from gaps_in_z
),

-- Rows between may have closed a gap: what lies beyond the radius from the first row of its
-- place is a star of its own.
places as (
    select
        *,
        angular_separation(ra, "dec", first_value(ra) over place, first_value("dec") over place)
        <= id_match_radius() as is_of_place,
        case when is_of_place then first_value(source_id) over place else source_id end
            as first_id,
        first_value(source_id) over id as keeping_id,
        angular_separation(ra, "dec", first_value(ra) over id, first_value("dec") over id)
            as separation
    from split_by_z
    window
        id as (partition by survey, survey_star_id order by source_id),
        place as (partition by survey, survey_star_id, part_x, part_y, part_z order by source_id)
)

select
    survey,
    source_id,
    survey_star_id as shared_id,
    survey_star_id || '@' || first_id as survey_star_id,
    separation
from places
where first_id <> keeping_id
union all
select
    survey,
    source_id,
    survey_star_id as shared_id,
    survey_star_id || '@' || source_id as survey_star_id,
    null as separation
from rows_of_ids
where
    ra is null
    and (survey, survey_star_id) in (
        select (places.survey, places.survey_star_id) from places
        where places.first_id <> places.keeping_id
    );
