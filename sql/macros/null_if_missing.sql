-- null_if_missing(x): x as a double, or NULL if it stands for "missing" in any release:
-- NaN and infinities; -9999, -9999.99 and all below -9998; -999 and -999.99; 999999.
-- null_if_missing_magnitude(x): also NULL beyond 90 (99.999 and -99.999 are fillers).
-- null_if_missing_error(x): also NULL unless positive (DR12 writes -1 for "no error").
-- -999.99 is compared within the rounding of a 32-bit float, which is how it is stored;
-- any other value near it, such as a proper motion of -999.3, stays.
create or replace macro null_if_missing(x) as
    case
        when
            isfinite(x::double)
            and x::double > -9998
            and x::double not in (-999, 999999)
            and abs(x::double + 999.99) > 0.0001
            then x::double
    end;

create or replace macro null_if_missing_magnitude(x) as
    case when abs(x::double) < 90 then x::double end;

create or replace macro null_if_missing_error(x) as
    case when x::double > 0 and isfinite(x::double) and x::double <> 999999 then x::double end;
