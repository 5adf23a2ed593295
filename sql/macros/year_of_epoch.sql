-- year_of_epoch(epoch): the epoch as it is where it is a year of 1800 to 2200, NULL where it is
-- unknown (NULL, NaN); anything else is an error that says which year it would be, as a modified
-- Julian date (51544.5) or a Julian date (2451545): read as a year, it would move stars by
-- thousands of years of their proper motion.
-- year_or_null(epoch): the same, but NULL for anything else.
-- epoch_said_as_year(epoch): the year that such a date is, as part of that sentence.
create or replace macro epoch_said_as_year(epoch) as
    case
        when epoch between 15000 and 89000
            then 'as a modified Julian date it is '
            || round(2000 + (epoch - 51544.5::double) / 365.25::double, 3) || ': give that'
        when epoch between 2415000 and 2490000
            then 'as a Julian date it is '
            || round(2000 + (epoch - 2451545::double) / 365.25::double, 3) || ': give that'
        else 'give a year, such as 2016.0'
    end;

create or replace macro year_of_epoch(epoch) as
    case
        when epoch::double between 1800 and 2200 then epoch::double
        when epoch is null or isnan(epoch::double) then null
        else error(
            'The epoch ' || epoch || ' is no year of 1800 to 2200; '
            || epoch_said_as_year(epoch::double) || '.'
        )
    end;

create or replace macro year_or_null(epoch) as
    case when epoch::double between 1800 and 2200 then epoch::double end;
