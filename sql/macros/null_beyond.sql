-- null_beyond(x, low, high): x as a double, or NULL if it is missing (null_if_missing) or not
-- from low to high: what no star can have.
-- error_beside(x, x_err): the error of a value, NULL without the value or unless positive.
-- gaia_id_of(id): a Gaia source id from a number or text, or NULL: fillers, what came through a
-- 32-bit number, and ids written as a float ('3.64e+18'), which have lost their last digits.
create or replace macro null_beyond(x, low, high) as
    case when null_if_missing(x) between low and high then x::double end;

create or replace macro error_beside(x, x_err) as
    case when x is not null then null_if_missing_error(x_err) end;

create or replace macro gaia_id_of(id) as
    case
        when regexp_full_match(trim(id::varchar), '[0-9]+') and try_cast(id as bigint) > 2147483647
            then try_cast(id as bigint)
    end;
