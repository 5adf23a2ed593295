-- abundance(x, flags, rejecting): x as a double, or NULL if it is missing, if its own
-- flag has a rejecting bit, or if it lies beyond 10 dex, where no abundance is: DR14 files
-- hold differences with -9999 such as 9997.09. A flag that is NULL does not reject.
-- abundance_err(x_err, x, flags, rejecting): the error of such a value, NULL without it.
create or replace macro abundance(x, flags, rejecting) as
    case
        when abs(x::double) < 10 and coalesce(flag_word(flags) & rejecting, 0) = 0 then x::double
    end;

create or replace macro abundance_err(x_err, x, flags, rejecting) as
    case
        when abs(x::double) < 10 and coalesce(flag_word(flags) & rejecting, 0) = 0
            then null_if_missing_error(x_err)
    end;
