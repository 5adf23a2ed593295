-- crossmatch_reach(radius, sigmas, uses_errors, left_error, right_error): how far apart (arcsec)
-- two rows may lie: the radius, or less by their errors, added in quadrature.
-- crossmatch_agrees(limit, left_magnitude, right_magnitude): whether magnitudes allow a pair.
create or replace macro crossmatch_reach(
    radius, sigmas, uses_errors, left_error, right_error
) as
    case
        when not uses_errors then radius::double
        else least(
            radius::double,
            sigmas::double * sqrt(
                coalesce(
                    pow(left_error, 2) + pow(right_error, 2),
                    pow(left_error, 2),
                    pow(right_error, 2)
                )
            )
        )
    end;

create or replace macro crossmatch_agrees(
    magnitude_limit, left_magnitude, right_magnitude
) as
    magnitude_limit is null
    or coalesce(abs(left_magnitude - right_magnitude) <= magnitude_limit::double, true);
