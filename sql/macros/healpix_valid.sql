-- healpix_valid_order(healpix_order): the order if it is one of 0 to 29, else NULL.
-- healpix_valid_cell(healpix_order, cell): the nested cell if that order has one of this number,
-- else NULL. So what is made of either is NULL too, and no shift overflows.
create or replace macro healpix_valid_order(healpix_order) as
    case when healpix_order between 0 and 29 then healpix_order end;

create or replace macro healpix_valid_cell(healpix_order, cell) as
    list_transform(
        [try_cast(cell as bigint)],
        lambda stellarwh_cell: case
            when
                stellarwh_cell between 0 and 12 * (
                    1::bigint << (2 * healpix_valid_order(healpix_order))
                ) - 1
                then stellarwh_cell
        end
    )[1];
