-- valid_radius(radius), valid_sigmas(sigmas), valid_magnitude_limit(limit), valid_mode(mode): an
-- option of crossmatch or cone_search if it makes sense, else an error that says what would;
-- valid_ra(ra), valid_dec(dec): a position in degrees likewise. valid_epoch(epoch),
-- valid_options(…), valid_cone(…): true, or the error, for a filter: once for all rows, since
-- DuckDB works out an expression that may fail each time anew. is_cone(…): whether it is true.
-- usable_radius(radius): the radius as a number, 0 where it is none, for what stands beside them.
create or replace macro valid_radius(radius) as
    case
        when radius::double between 0 and 648000 then radius::double
        else error(
            'The radius is ' || coalesce(radius::varchar, 'NULL')
            || '; it must be a number of 0 to 648000 arcsec (180 degrees).'
        )
    end;

create or replace macro valid_sigmas(sigmas) as
    case
        when isfinite(sigmas::double) and sigmas::double > 0 then sigmas::double
        else error(
            'The number of sigmas is ' || coalesce(sigmas::varchar, 'NULL')
            || '; it must be above 0.'
        )
    end;

create or replace macro valid_magnitude_limit(magnitude_limit) as
    case
        when magnitude_limit::double >= 0 and not isnan(magnitude_limit::double)
            then magnitude_limit::double
        else error(
            'The magnitude limit is ' || magnitude_limit || '; it must not be below 0.'
        )
    end;

create or replace macro valid_mode(mode) as
    case
        when mode in ('all', 'best', 'best-right', 'mutual', 'one-to-one') then mode
        else error(
            'There is no mode ' || coalesce(mode, 'NULL')
            || '; there are all, best, best-right, mutual and one-to-one.'
        )
    end;

create or replace macro valid_ra(ra) as
    case
        when isfinite(ra::double) then ra::double
        else error(
            'The right ascension is ' || coalesce(ra::varchar, 'NULL')
            || '; it must be a number of degrees.'
        )
    end;

create or replace macro valid_dec("dec") as
    case
        when abs("dec"::double) <= 90 then "dec"::double
        else error(
            'The declination is ' || coalesce("dec"::varchar, 'NULL')
            || '; it must be a number of -90 to 90 degrees.'
        )
    end;

create or replace macro valid_epoch(epoch) as
    epoch is null
    or coalesce(
        year_of_epoch(epoch), error('The epoch is NaN; give a year, such as 2016.0.')
    ) > 0;

create or replace macro valid_options(radius, mode, sigmas, magnitude_limit) as
    valid_radius(radius) >= 0
    and valid_mode(mode) <> ''
    and valid_sigmas(sigmas) > 0
    and (magnitude_limit is null or valid_magnitude_limit(magnitude_limit) >= 0);

create or replace macro valid_cone(ra, "dec", radius) as
    valid_radius(radius) >= 0 and valid_ra(ra) < 'inf'::double and valid_dec("dec") >= -90;

create or replace macro usable_radius(radius) as
    case when radius::double between 0 and 648000 then radius::double else 0::double end;

create or replace macro is_cone(ra, "dec", radius) as
    coalesce(
        radius::double between 0 and 648000
        and isfinite(ra::double)
        and abs("dec"::double) <= 90,
        false
    );
