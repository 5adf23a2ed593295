-- healpix_neighbour(healpix_order, cell, dx, dy): the nested cell one step (-1, 0 or 1) along
-- each axis of a base cell, x towards north-east and y towards north-west; across the
-- edges of base cells too. NULL where there is none: at the eight corners where only
-- three base cells meet, a cell has seven neighbours.
--
-- Within a base cell the step is arithmetic on the even bits (x) and odd bits (y), modulo
-- its side. Beyond an edge, the base cell (column 0..3 of the sky, row 0 north, 1 belt,
-- 2 south) has another neighbour, in which the axes may lie turned: turn 1 takes (x, y) to
-- (N-1-y, x), turn 2 to (y, N-1-x), turn 3 to (N-1-x, N-1-y).
-- healpix_mask(healpix_order): the even bits of a cell number within its base cell.
-- healpix_crossing(row, x, y): what lies beyond an edge, as row * 16 + columns on * 4 + turn.
create or replace macro healpix_mask(healpix_order) as
    6148914691236517205 & ((1::bigint << (2 * healpix_order)) - 1);

create or replace macro healpix_crossing(face_row, x_step, y_step) as
    [
        -- north: steps (-1,-1) (-1,0) (-1,1) (0,-1) (0,0) (0,1) (1,-1) (1,0) (1,1)
        32, 16, null, 20, 0, 13, null, 6, 11,
        -- belt
        null, 44, 28, 32, 16, 12, 20, 0, null,
        -- south
        43, 46, null, 37, 32, 16, null, 20, 0
    ][face_row * 9 + x_step * 3 + y_step + 5];

create or replace macro healpix_neighbour(healpix_order, cell, dx, dy) as
    list_transform(
        [
            {
                'x': ((cell | (2 * healpix_mask(healpix_order)))
                    + (dx & healpix_mask(healpix_order)))
                & healpix_mask(healpix_order),
                'y': ((cell | healpix_mask(healpix_order))
                    + ((2 * dy) & (2 * healpix_mask(healpix_order))))
                & (2 * healpix_mask(healpix_order)),
                'face': cell >> (2 * healpix_order),
                'crossing': healpix_crossing(
                    cell >> (2 * healpix_order + 2),
                    case
                        when
                            (cell & healpix_mask(healpix_order))
                            = (case when dx > 0 then healpix_mask(healpix_order) else 0 end)
                            then dx
                        else 0
                    end,
                    case
                        when
                            (cell & (2 * healpix_mask(healpix_order)))
                            = (case when dy > 0 then 2 * healpix_mask(healpix_order) else 0 end)
                            then dy
                        else 0
                    end
                )
            }
        ],
        lambda s:
            (((s.crossing >> 4) * 4 + (((s.face & 3) + (s.crossing >> 2)) & 3))
            << (2 * healpix_order))
            + case s.crossing & 3
                when 0 then s.x + s.y
                when 1 then (healpix_mask(healpix_order) - (s.y >> 1)) + 2 * s.x
                when 2 then (s.y >> 1) + 2 * (healpix_mask(healpix_order) - s.x)
                else
                    3 * healpix_mask(healpix_order) - s.x - s.y
            end
    )[1];
