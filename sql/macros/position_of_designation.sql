-- ra_of_designation(designation), dec_of_designation(designation): the J2000 position in
-- degrees that a sexagesimal name holds: 2M19550016+4435356 (APOGEE and 2MASS, without the
-- points; AP… of APOGEE, too), 19550016+4435356 (GALAH), J195500.16+443535.6 (LAMOST), and any
-- other prefix that ends in J (SDSS J…, WISEA J…), with fewer or more digits behind the seconds.
-- NULL for any other name, such as one of B1950 or without seconds.
-- 2MASS cuts the last digits off, so the true place is up to 0.15 arcsec east and 0.1 arcsec
-- poleward: good for sky cells and for catalogues without positions, not for astrometry.
-- designation_part(designation, part): its fields, 1-4 hours, minutes, seconds and their
-- decimals, 5 the sign, 6-9 degrees, minutes, seconds and their decimals.
create or replace macro designation_part(designation, part) as
    regexp_extract(
        designation,
        '^\s*(?:2M|AP|(?:[A-Za-z0-9][A-Za-z0-9. -]*)?J)?'
        || '([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])[.]?([0-9]*)'
        || '([+-])([0-8][0-9])([0-5][0-9])([0-5][0-9])[.]?([0-9]*)\s*$',
        part
    );

create or replace macro ra_of_designation(designation) as
    15 * (
        try_cast(designation_part(designation, 1) as integer)
        + try_cast(designation_part(designation, 2) as integer) / 60
        + try_cast(
            designation_part(designation, 3) || '.' || designation_part(designation, 4) || '0'
            as double
        ) / 3600
    );

create or replace macro dec_of_designation(designation) as
    case designation_part(designation, 5) when '-' then -1 else 1 end * (
        try_cast(designation_part(designation, 6) as integer)
        + try_cast(designation_part(designation, 7) as integer) / 60
        + try_cast(
            designation_part(designation, 8) || '.' || designation_part(designation, 9) || '0'
            as double
        ) / 3600
    );
