-- healpix_group(healpix): the cell of order 3 (7.3 degrees wide, 768 of them) that a cell of
-- order 29 lies in: the blocks of sky that the folds of learning keep whole. Wider than the
-- plates and fields of the surveys, whose stars share errors. No check, as healpix_parent has:
-- it is a shift by two bits for each of 26 orders.
create or replace macro healpix_group(healpix) as healpix >> 52;
