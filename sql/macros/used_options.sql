-- used_options(sigmas, …): whether every option of crossmatch that was given has what it needs to
-- count: a magnitude limit two magnitudes, a number of sigmas (other than the usual 3) errors,
-- epochs and proper motions a common epoch, a proper motion its other half; else an error that
-- says what is missing. Else pairs would be kept that were asked to be left out.
create or replace macro used_options(
    epoch, left_epoch, right_epoch, left_pmra, left_pmdec, right_pmra, right_pmdec, left_error,
    right_error, sigmas, left_magnitude, right_magnitude, magnitude_limit
) as
    case
        when
            magnitude_limit is not null
            and (left_magnitude is null or right_magnitude is null)
            then error(
                'A magnitude limit needs the magnitude columns of both sides; '
                || 'give left_magnitude and right_magnitude.'
            )
        when sigmas::double <> 3 and left_error is null and right_error is null
            then error(
                'A number of sigmas needs positional errors; '
                || 'give left_error, right_error or both.'
            )
        when
            (left_pmra is null) <> (left_pmdec is null)
            or (right_pmra is null) <> (right_pmdec is null)
            then error(
                'A proper motion is two columns; give left_pmra with left_pmdec, and '
                || 'right_pmra with right_pmdec.'
            )
        when
            epoch is null
            and coalesce(
                left_epoch::varchar, right_epoch::varchar, left_pmra, right_pmra
            ) is not null
            then error(
                'Epochs and proper motions need a common epoch to bring positions to; '
                || 'give it, such as epoch := 2016.'
            )
        else true
    end;
