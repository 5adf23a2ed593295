-- cone_search(table_name, ra, dec, radius_arcsec): the rows of a table within a radius of a
-- position in degrees, with their separation (arcsec); complete at the poles, across RA 0
-- and for any radius. The table or view is named as text; its position columns are those that its
-- ingest was told, or go by their usual names:
--     from cone_search('main.stars', 56.75, 24.12, 3600) order by separation;
-- A column of the table that is called separation, too, comes out as separation_1.
-- The cone lies in a range of declination and, but at the poles, in one of right ascension. Their
-- bounds are constants, so in a table clustered by healpix DuckDB reads only the row groups that
-- may hold some of it.
-- cone_width(dec, radius): how far the cone reaches in right ascension, in degrees: all the way
-- round where it holds a pole (the tangent from the pole to a circle). cone_from, cone_to,
-- cone_south and cone_north(ra, dec, radius): its ends, around an ra of 0..360 (rows may be in
-- -180..180, too); all rows where there is no such cone, so that there is one to say so.
create or replace macro cone_width("dec", radius) as
    case
        when abs("dec") + radius / 3600::double < 89.999
            then degrees(asin(least(
                sin(radians(radius / 3600::double)) / cos(radians("dec")), 1::double
            ))) * 1.000001::double + 1e-9::double
        else 360::double
    end;

create or replace macro cone_from(ra, "dec", radius) as
    case
        when is_cone(ra, "dec", radius)
            then ra::double - 360::double * floor(ra::double / 360::double)
            - cone_width("dec"::double, radius::double)
        else '-inf'::double
    end;

create or replace macro cone_to(ra, "dec", radius) as
    case
        when is_cone(ra, "dec", radius)
            then ra::double - 360::double * floor(ra::double / 360::double)
            + cone_width("dec"::double, radius::double)
        else 'inf'::double
    end;

create or replace macro cone_south(ra, "dec", radius) as
    case
        when is_cone(ra, "dec", radius)
            then "dec"::double - radius::double / 3600::double - 1e-9::double
        else -90
    end;

create or replace macro cone_north(ra, "dec", radius) as
    case
        when is_cone(ra, "dec", radius)
            then "dec"::double + radius::double / 3600::double + 1e-9::double
        else 90
    end;

-- DuckDB passes all names to a function in columns(…) by (*), which sqlfluff cannot parse.
-- noqa: disable=PRS
create or replace macro cone_search(table_name, centre_ra, centre_dec, radius_arcsec) as table
select
    * exclude (separation, "stellarwh ra", "stellarwh dec"),
    separation
from (
    select
        angular_separation(
            centre_ra, centre_dec, "stellarwh ra", "stellarwh dec"
        ) as separation,
        * exclude ("stellarwh no ra", "stellarwh no dec")
    from (
        select
            *,
            columns(position_column((*), null, table_name, 1, 'stellarwh no ra'))::double
                as "stellarwh ra",
            columns(position_column((*), null, table_name, 2, 'stellarwh no dec'))::double
                as "stellarwh dec"
        from (
            select
                *,
                no_such_column(
                    table_name,
                    null,
                    'of right ascension (ra or a usual variant): name it ra in a view.'
                ) as "stellarwh no ra",
                no_such_column(
                    table_name,
                    null,
                    'of declination (dec or a usual variant): name it dec in a view.'
                ) as "stellarwh no dec"
            from query_table(table_name)
        )
    )
    where
        abs("stellarwh dec") <= 90
        and "stellarwh ra" between -180 and 360
        and "stellarwh dec" between
        cone_south(centre_ra, centre_dec, radius_arcsec)
        and cone_north(centre_ra, centre_dec, radius_arcsec)
        and (
            "stellarwh ra" between cone_from(centre_ra, centre_dec, radius_arcsec)
            and cone_to(centre_ra, centre_dec, radius_arcsec)
            or "stellarwh ra" between cone_from(centre_ra, centre_dec, radius_arcsec) - 360
            and cone_to(centre_ra, centre_dec, radius_arcsec) - 360
            or "stellarwh ra" between cone_from(centre_ra, centre_dec, radius_arcsec) + 360
            and cone_to(centre_ra, centre_dec, radius_arcsec) + 360
        )
)
where
    case
        when is_cone(centre_ra, centre_dec, radius_arcsec)
            then separation <= radius_arcsec::double
        else valid_cone(centre_ra, centre_dec, radius_arcsec)
    end;
