-- holding_err(err, factor, floor_err, missing_err, least_err): the error that holds for a value:
-- the stated one, or missing_err where none is stated, times a factor, with floor_err in
-- quadrature, and at least least_err. What is not known of the last four changes nothing; an error
-- of zero is none.
create or replace macro holding_err(err, factor, floor_err, missing_err, least_err) as
    nullif(
        greatest(
            sqrt(
                pow(coalesce(err, missing_err) * coalesce(factor, 1), 2)
                + pow(coalesce(floor_err, 0), 2)
            ),
            least_err
        ),
        0
    );
