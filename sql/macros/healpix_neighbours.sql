-- healpix_neighbours(healpix_order, cell): the nested cells around one, as a list in the usual
-- order: SW, W, NW, N, NE, E, SE, S. An element is NULL where there is none: at the eight
-- corners where only three base cells meet. NULL where the order lies outside 0..29 or
-- has no such cell.
create or replace macro healpix_neighbours(healpix_order, cell) as
    list_transform(
        [healpix_valid_cell(healpix_order, cell)],
        lambda stellarwh_cell: case
            when stellarwh_cell is not null
                then list_transform(
                    [[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]],
                    lambda stellarwh_step: healpix_neighbour(
                        healpix_valid_order(healpix_order),
                        stellarwh_cell,
                        stellarwh_step[1],
                        stellarwh_step[2]
                    )
                )
        end
    )[1];
