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
-- healpix_step(face, x, y, crossing, mask): the cell after that step.
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

create or replace macro healpix_step(face, x, y, crossing, mask) as
    -- The base cell's column and row; its side squared is 3 masks and one more.
    ((crossing >> 4) * 4 + ((face + (crossing >> 2)) & 3)) * (3 * mask + 1)
    + case crossing & 3
        when 0 then x + y
        when 1 then mask - (y >> 1) + 2 * x
        when 2 then (y >> 1) + 2 * (mask - x)
        else 3 * mask - x - y
    end;

create or replace macro healpix_neighbour(healpix_order, cell, dx, dy) as
    list_transform(
        list_transform(
            [[cell, dx, dy, healpix_mask(healpix_order)]],
            lambda a: [
                -- Adding -1 is adding all bits of the axis; the other axis carries over.
                ((a[1] | (2 * a[4])) + (a[2] & a[4])) & a[4],
                ((a[1] | a[4]) + ((2 * a[3]) & (2 * a[4]))) & (2 * a[4]),
                healpix_crossing(
                    a[1] // (12 * a[4] + 4),
                    case
                        (a[1] & a[4])
                        when case when a[2] > 0 then a[4] else 0 end then a[2] else 0 end,
                    case
                        (a[1] & (2 * a[4]))
                        when case when a[3] > 0 then 2 * a[4] else 0 end then a[3] else 0 end
                ),
                a[1] // (3 * a[4] + 1),
                a[4]
            ]
        ),
        lambda b: healpix_step(b[4], b[1], b[2], b[3], b[5])
    )[1];
