-- healpix_parent(healpix_order, cell, to_order): the nested cell of a coarser order (or the
-- same) that holds a cell. In the nested scheme that is a shift by two bits per order.
-- healpix_children(healpix_order, cell, to_order): its cells of a finer order (or the same), as
-- a list. healpix_first_child, healpix_last_child: the ends of that list, as in
--     where healpix between healpix_first_child(5, 1234, 29) and healpix_last_child(5, 1234, 29)
-- NULL where an order lies outside 0..29, the first has no such cell or to_order is on the
-- other side.
create or replace macro healpix_parent(healpix_order, cell, to_order) as
    case
        when to_order between 0 and healpix_order
            then
                healpix_valid_cell(healpix_order, cell)
                >> (2 * (healpix_valid_order(healpix_order) - to_order))
    end;

create or replace macro healpix_first_child(healpix_order, cell, to_order) as
    case
        when to_order between healpix_order and 29
            then
                healpix_valid_cell(healpix_order, cell)
                * (1::bigint << (2 * (to_order - healpix_valid_order(healpix_order))))
    end;

create or replace macro healpix_last_child(healpix_order, cell, to_order) as
    case
        when to_order between healpix_order and 29
            then
                (healpix_valid_cell(healpix_order, cell) + 1)
                * (1::bigint << (2 * (to_order - healpix_valid_order(healpix_order)))) - 1
    end;

create or replace macro healpix_children(healpix_order, cell, to_order) as
    case
        when healpix_first_child(healpix_order, cell, to_order) is not null
            then range(
                healpix_first_child(healpix_order, cell, to_order),
                healpix_last_child(healpix_order, cell, to_order) + 1
            )
    end;
