-- wrapped_ra(ra): a right ascension of -180..360 degrees in 0..360; NULL for any other number:
-- what lies further out is no position (-9999), and none is guessed.
create or replace macro wrapped_ra(ra) as
    case
        when ra between -180 and 360
            then case when ra < 0 then ra::double + 360::double else ra::double end
    end;
